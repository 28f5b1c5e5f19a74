"""Declining kinds of mails, texts of brands, sending again."""

from datetime import timedelta

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.customers.models import Membership
from tollbook.identity.audit import SYSTEM, record
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.mails.kinds import KINDS, MailKind
from tollbook.mails.models import BrandText, Declined, Mail
from tollbook.mails.queries import receivers
from tollbook.mails.rendering import known_values
from tollbook.mails.rules import State, Text, check
from tollbook.mails.sending import go
from tollbook.mails.texts import LANGUAGES

RECENT = timedelta(days=30)


def kind_of(name: str) -> MailKind:
    """The kind of mail of that name; NotFound "mail_kind_not_found"."""
    if name not in KINDS:
        raise NotFound("mail_kind_not_found", f"kind {shown(name)}: give one of {', '.join(KINDS)}", param="kind")
    return KINDS[name]


@action
def choose(user: User, name: str, *, wanted: bool, door: str = SYSTEM) -> None:
    """Whether a person wants mails of a kind; said twice it changes nothing.

    NotFound "mail_kind_not_found"; Refused "last_receiver" where the kind is mandatory and an account would
    have nobody left who gets it.
    """
    kind = kind_of(name)
    if wanted:
        changed = Declined.objects.filter(user=user, kind=name).delete()[0] > 0
    else:
        mine = list(Membership.objects.filter(user=user).order_by("customer_id").values_list("customer_id", flat=True))
        # Two people who decline at once take turns.
        list(
            Membership.objects.select_for_update(no_key=True).filter(customer__in=mine).order_by("pk").values_list("pk")
        )
        _, changed = Declined.objects.get_or_create(user=user, kind=name)
        if changed and kind.mandatory:
            _check_somebody_is_left(user, kind, mine)
    if changed:
        record(
            "mails.want" if wanted else "mails.decline",
            user.public_id,
            actor=user.email,
            door=door,
            detail={"kind": name},
        )


def _check_somebody_is_left(user: User, kind: MailKind, mine: list[int]) -> None:
    # Whoever is told only because nobody else is left has declined, too.
    no = set(Declined.objects.filter(kind=kind.kind).values_list("user_id", flat=True))
    for customer_id, people in receivers(kind, mine).items():
        if all(each.user is not None and each.user in no for each in people):
            message = f"{kind.title}: somebody of the account must get these; {user.email} is the last"
            raise Refused("last_receiver", message, param="kind", customer=customer_id)


@action
def write(brand: Brand, name: str, language: str, text: Text, *, actor: str = SYSTEM, door: str = SYSTEM) -> BrandText:
    """Give a kind of mail another text for a brand, in "en" or "de".

    Refused "unknown_language", and as `rules.check`.
    """
    kind_of(name)
    if language not in LANGUAGES:
        right = f"give one of {', '.join(LANGUAGES)}"
        raise Refused("unknown_language", f"language {shown(language)}: {right}", param="language")
    check(text, known_values(name))
    made, _ = BrandText.objects.update_or_create(
        brand=brand, kind=name, language=language,
        defaults={"subject": text.subject.strip(), "body": text.body.strip(), "button": text.button.strip()[:60]},
    )  # fmt: skip
    detail = {"kind": name, "language": language, "subject": made.subject, "body": made.body}
    record("mails.write", brand.public_id, actor=actor, door=door, detail=detail)
    return made


@action
def forget(brand: Brand, name: str, language: str, *, actor: str = SYSTEM, door: str = SYSTEM) -> None:
    """Let a brand have the text again that comes with Tollbook."""
    if BrandText.objects.filter(brand=brand, kind=name, language=language).delete()[0]:
        detail = {"kind": name, "language": language}
        record("mails.forget", brand.public_id, actor=actor, door=door, detail=detail)


@action
def send_again(public_id: str, *, actor: str = SYSTEM, door: str = SYSTEM) -> Mail:
    """Try a mail again that failed or was never sent, with all its attempts.

    NotFound "mail_not_found"; Refused "mail_under_way", "mail_sent".
    """
    found = Mail.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("mail_not_found", f"there is no mail {shown(public_id)}", param="mail")
    if found.state in (State.WAITING, State.SENDING):
        raise Refused("mail_under_way", f"mail {public_id}: it is under way", param="mail")
    if found.state == State.SENT:
        raise Refused("mail_sent", f"mail {public_id}: it was sent to {found.address}", param="mail")
    found.state, found.attempts, found.due_at, found.ended_at = State.WAITING, 0, clock.now(), None
    found.save(update_fields=["state", "attempts", "due_at", "ended_at"])
    record("mails.send_again", public_id, actor=actor, door=door, customer_id=found.customer_id)
    go()
    return found
