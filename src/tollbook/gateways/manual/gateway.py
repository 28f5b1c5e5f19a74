"""Bank transfers: the payer gets the brand's account and a reference; people and statements tell us what came."""

from typing import ClassVar

from tollbook.gateways.manual.models import Entry
from tollbook.kernel.errors import Refused
from tollbook.payments.protocol import Facts, Intent, Message, Progress, RefundOrder, Seller, Started


class BankTransfer:
    """Money that comes by hand."""

    code: ClassVar[str] = "manual"
    title: ClassVar[str] = "Bank transfer"
    by_hand: ClassVar[bool] = True
    saves: ClassVar[bool] = False

    def offer(self, seller: Seller, currency: str) -> str | None:
        """The brand's bank account, if it has one; a bank takes any currency and says what came."""
        return seller.iban or None

    def start(self, intent: Intent) -> Started:
        """What the payer needs for the transfer. Nothing is begun: there is nobody to ask."""
        given = (
            ("Account of", intent.seller.name),
            ("IBAN", intent.seller.iban),
            ("BIC", intent.seller.bic),
            ("Reference", intent.label),
        )
        return Started(intent.label, instructions=tuple((name, value) for name, value in given if value))

    def charge(self, intent: Intent, token: str) -> Started:
        """Refused "no_saved_methods": nobody can transfer in the payer's name."""
        raise Refused("no_saved_methods", "a bank transfer is made by the payer", param="method")

    def read(self, key: str, reference: str) -> Facts | None:
        """The entry of that reference ("account reference") in the statements that were imported."""
        account, _, bank = reference.partition(" ")
        found = Entry.objects.filter(account=account, reference=bank).select_related("payment").first()
        if found is None:
            return None
        owner = found.payment
        return Facts(
            progress=Progress.SUCCEEDED,
            key=owner.public_id if owner else key,
            reference=reference,
            amount=found.amount,
            currency=found.currency,
            merchant=found.account,
            subject=owner.subject if owner else "",
        )

    def refund(self, order: RefundOrder) -> Started:
        """Nothing is sent: a person makes the transfer and then says so."""
        return Started(order.key)

    def hint(self, message: Message) -> str | None:
        """Banks do not call."""
        return None


GATEWAYS = [BankTransfer]
