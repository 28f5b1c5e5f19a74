"""What a new customer finds: the deposit of its sign-up, where one is asked for."""

from tollbook.customers.models import Customer
from tollbook.payments.deposits import open_for


def welcome(customer: Customer) -> None:
    """Open the customer's deposit, if its settings ask for one."""
    open_for(customer)
