"""Charging a saved method for an invoice while the customer is away."""

from tollbook.base.tasks import action
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.payments.actions import already_begun, begin
from tollbook.payments.applying import NOBODY, By, locked_customer
from tollbook.payments.models import Payment
from tollbook.payments.queries import saved_method, under_way


@action
def collect(invoice: Invoice, *, key: str, by: By = NOBODY) -> Payment:
    """Begin to charge the customer's latest saved method for all that is open of an invoice, in its currency.

    Once per customer and `key`; the call of the gateway follows (`asking.send`). Refused "invoice_not_open",
    "no_method" (none is kept), "payment_under_way" (another payment of the invoice may still come), and as `begin`.
    """
    customer = locked_customer(invoice.customer_id)
    method = saved_method(customer)
    if method is None:
        earlier = Payment.objects.filter(customer=customer, key=key).first()
        if earlier is not None:
            return earlier
        message = f"invoice {invoice}: the customer lets no gateway keep a way to pay"
        raise Refused("no_method", message, param="invoice")
    if earlier := already_begun(customer, key, method.gateway, invoice.public_id, None):
        return earlier
    invoice.refresh_from_db(fields=["state", "settled", "credited"])
    if invoice.state != InvoiceState.ISSUED or not invoice.demands or not invoice.open:
        raise Refused("invoice_not_open", f"invoice {invoice} is {invoice.state}: nothing is to pay", param="invoice")
    if (waiting := under_way(invoice)) is not None:
        message = f"invoice {invoice}: payment {waiting.public_id} of it is under way"
        raise Refused("payment_under_way", message, param="invoice")
    money = Money(invoice.open, invoice.currency)
    return begin(customer, money, method.gateway, key, by, invoice=invoice, method=method)
