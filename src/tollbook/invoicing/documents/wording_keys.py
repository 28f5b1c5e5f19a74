"""Every word that a document prints by itself: what each language must have."""

from __future__ import annotations

from typing import TypedDict


class Words(TypedDict):
    """Every word that the template prints by itself. `{n}` and `{total}` are filled in."""

    invoice: str
    credit_note: str
    debit_note: str
    proforma: str
    receipt: str
    issued: str
    due: str
    due_by: str
    period: str
    customer_number: str
    reference: str
    corrects: str
    corrects_of: str
    amount_due: str
    amount_credited: str
    amount_received: str
    amount_estimated: str
    settled: str
    seller: str
    buyer: str
    item: str
    quantity: str
    unit_price: str
    tax: str
    net: str
    exactly: str
    tax_inside: str
    subtotal: str
    taxable: str
    rate: str
    tax_amount: str
    net_total: str
    tax_total: str
    total: str
    prepaid: str
    pay: str
    account_name: str
    iban: str
    bic: str
    payment_reference: str
    amount: str
    scan: str
    proforma_note: str
    receipt_note: str
    credit_note_note: str
    debit_note_note: str
    nothing_due: str
    vat_id: str
    tax_id: str
    registration: str
    attention: str
    page: str
    statement: str
    statement_period: str
    balance: str
    opening: str
    closing: str
    you_owe: str
    your_credit: str
    date: str
    entry: str
    open_items: str
    days_late: str
    by_age: str
    not_due: str
    late: str
    later: str
    statement_note: str
    reason_AE: str
    reason_G: str
    reason_O: str
