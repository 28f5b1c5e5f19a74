"""The tables of payments: money (`money`), and what may be charged (`methods`)."""

from tollbook.payments.models.methods import Agreement, Method, Setup
from tollbook.payments.models.money import Allocation, CallbackSeen, Dispute, Payment, Reading, Refund, WriteOff

__all__ = [
    "Agreement", "Allocation", "CallbackSeen", "Dispute", "Method", "Payment", "Reading", "Refund", "Setup", "WriteOff",
]  # fmt: skip
