"""The tables of payments: money (`money`, `deposits`), what may be charged (`methods`), documents (`papers`)."""

from tollbook.payments.models.deposits import Deposit
from tollbook.payments.models.methods import Agreement, Method, Setup
from tollbook.payments.models.money import Allocation, CallbackSeen, Dispute, Payment, Reading, Refund, WriteOff
from tollbook.payments.models.papers import Proforma, ProformaCharge, Receipt

__all__ = [
    "Agreement", "Allocation", "CallbackSeen", "Deposit", "Dispute", "Method", "Payment", "Proforma", "ProformaCharge",
    "Reading", "Receipt", "Refund", "Setup", "WriteOff",
]  # fmt: skip
