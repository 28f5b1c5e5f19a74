from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="DepositOut")


@_attrs_define
class DepositOut:
    """The deposit of an account: the promise of its sign-up, and where the money is."""

    id: str
    """ Its id. """
    customer: str
    """ Whose it is. """
    state: str
    """ awaiting_payment, expired, held, verified, rejected, refund_pending, refund_failed, refunded, kept,
    forfeited or called_back. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    promised: bool
    """ Whether the sign-up promised a refund. """
    gives_back: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    mode: str
    """ How: gateway (the way it was paid) or wallet. """
    rest: str
    """ What becomes of the rest then: wallet or fee. """
    on_reject: str
    """ What a rejection means: forfeit, or people decide (people). """
    verify_days: int
    """ Within how many days of its payment it is decided. """
    held: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    given_back: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    to_wallet: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    kept: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    lost: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    reason: str
    """ Why the account was not verified; empty: it was, or nobody decided yet. """
    payment: None | str
    """ The payment that it holds. """
    created_at: datetime.datetime
    """ When it was asked for. """
    pay_by: datetime.datetime
    """ Until when it is to be paid. """
    held_at: datetime.datetime | None
    """ When it was paid. """
    decided_at: datetime.datetime | None
    """ When the account was verified or rejected. """
    ended_at: datetime.datetime | None
    """ When nothing was held any more, and no refund was on its way. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        state = self.state

        amount = self.amount.to_dict()

        promised = self.promised

        gives_back = self.gives_back.to_dict()

        mode = self.mode

        rest = self.rest

        on_reject = self.on_reject

        verify_days = self.verify_days

        held = self.held.to_dict()

        given_back = self.given_back.to_dict()

        to_wallet = self.to_wallet.to_dict()

        kept = self.kept.to_dict()

        lost = self.lost.to_dict()

        reason = self.reason

        payment: None | str
        payment = self.payment

        created_at = self.created_at.isoformat()

        pay_by = self.pay_by.isoformat()

        held_at: None | str
        if isinstance(self.held_at, datetime.datetime):
            held_at = self.held_at.isoformat()
        else:
            held_at = self.held_at

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "state": state,
                "amount": amount,
                "promised": promised,
                "gives_back": gives_back,
                "mode": mode,
                "rest": rest,
                "on_reject": on_reject,
                "verify_days": verify_days,
                "held": held,
                "given_back": given_back,
                "to_wallet": to_wallet,
                "kept": kept,
                "lost": lost,
                "reason": reason,
                "payment": payment,
                "created_at": created_at,
                "pay_by": pay_by,
                "held_at": held_at,
                "decided_at": decided_at,
                "ended_at": ended_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        state = d.pop("state")

        amount = MoneyOut.from_dict(d.pop("amount"))

        promised = d.pop("promised")

        gives_back = MoneyOut.from_dict(d.pop("gives_back"))

        mode = d.pop("mode")

        rest = d.pop("rest")

        on_reject = d.pop("on_reject")

        verify_days = d.pop("verify_days")

        held = MoneyOut.from_dict(d.pop("held"))

        given_back = MoneyOut.from_dict(d.pop("given_back"))

        to_wallet = MoneyOut.from_dict(d.pop("to_wallet"))

        kept = MoneyOut.from_dict(d.pop("kept"))

        lost = MoneyOut.from_dict(d.pop("lost"))

        reason = d.pop("reason")

        def _parse_payment(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payment = _parse_payment(d.pop("payment"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        pay_by = datetime.datetime.fromisoformat(d.pop("pay_by"))

        def _parse_held_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                held_at_type_0 = datetime.datetime.fromisoformat(data)

                return held_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        held_at = _parse_held_at(d.pop("held_at"))

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        deposit_out = cls(
            id=id,
            customer=customer,
            state=state,
            amount=amount,
            promised=promised,
            gives_back=gives_back,
            mode=mode,
            rest=rest,
            on_reject=on_reject,
            verify_days=verify_days,
            held=held,
            given_back=given_back,
            to_wallet=to_wallet,
            kept=kept,
            lost=lost,
            reason=reason,
            payment=payment,
            created_at=created_at,
            pay_by=pay_by,
            held_at=held_at,
            decided_at=decided_at,
            ended_at=ended_at,
        )

        deposit_out.additional_properties = d
        return deposit_out

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
