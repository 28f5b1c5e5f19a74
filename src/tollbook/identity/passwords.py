"""The rules of passwords, as Django's validators: long enough, and not guessed by who knows the obvious."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tollbook.identity import guessing
from tollbook.identity.models import User
from tollbook.identity.queries import has_factor

#: Names of ours that a guesser tries first.
OURS = frozenset({"tollbook", "password", "passwort"})


class LongEnough:
    """15 characters, or 8 where a second factor is asked for as well; at most 256."""

    def validate(self, password: str, user: Any = None) -> None:
        least = guessing.least(isinstance(user, User) and user.pk is not None and has_factor(user))
        if len(password) < least:
            told = _("The password has {count} characters; give at least {least}.")
            raise ValidationError(told.format(count=len(password), least=least), "too_short")
        if len(password) > guessing.MOST:
            told = _("The password is too long; give at most {most} characters.")
            raise ValidationError(told.format(most=guessing.MOST), "too_long")

    def get_help_text(self) -> str:
        return _(
            "At least {long} characters, such as a sentence; {short} are enough once you have a second factor. "
            "Letters, digits and signs as you like."
        ).format(long=guessing.LONG, short=guessing.LONG_WITH_FACTOR)


class NotGuessable:
    """Enough is left without repetitions, rows of the keyboard, and words that name the person or the service."""

    def validate(self, password: str, user: Any = None) -> None:
        texts = [user.email, user.name] if isinstance(user, User) else []
        words = guessing.words_of(*texts, *settings.ALLOWED_HOSTS) | OURS
        if guessing.left_of(password, words) < min(guessing.LEFT, len(password)):
            told = _(
                "The password is easy to guess: without repetitions, rows of the keyboard and names of you or us, "
                "fewer than {left} characters are left."
            )
            raise ValidationError(told.format(left=guessing.LEFT), "guessable")

    def get_help_text(self) -> str:
        return ""
