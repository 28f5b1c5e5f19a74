from tollbook.invoicing.explain import explain_invoice, explain_line
def test_x(busy):
    from tollbook.invoicing.models import Invoice
    for i in Invoice.objects.all():
        print(explain_invoice(i).text())
        for l in i.lines.all():
            e=explain_line(l)
            print(e.text()); assert e.check
    import json
    print(json.dumps(e.data(),indent=1)[:3000])

