"""Buying upstream: importing bills, recording what they cost."""

from tollbook.sourcing.actions.bill_job import ImportOptions
from tollbook.sourcing.actions.bill_report import BillReport
from tollbook.sourcing.actions.import_bill import import_bill
from tollbook.sourcing.actions.purchases import record_purchases

__all__ = ["BillReport", "ImportOptions", "import_bill", "record_purchases"]
