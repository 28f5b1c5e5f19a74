"""What makes a password weak: shortness, and the obvious."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tollbook.identity.guessing import left_of, words_of
from tollbook.identity.models import User


@pytest.mark.parametrize(
    ("password", "left"),
    [
        ("aaaaaaaaaaaaaaaaaaaa", 1),
        ("abcdefghijklmnopqrstuvwxyz", 2),
        ("zyxwvutsrqponmlkjihgfedcba", 2),
        ("qwertyuiopasdfghjkl", 4),
        ("123456789012345", 3),
        ("xk7!xk7!xk7!xk7!xk7!", 4),
        ("brightwater robin tollbook", 1),
        ("Brightwater-ROBIN-42!", 5),
        ("correct horse battery staple", 28),
        ("one long sentence to remember", 29),
    ],
)
def test_what_is_left_without_the_obvious(password: str, left: int) -> None:
    words = words_of("robin@brightwater.example", "Robin Example") | {"tollbook"}
    assert left_of(password, words) == left


def test_words_of_names_and_addresses() -> None:
    assert words_of("robin@brightwater.example", "Jo Ng O'Brien") == {"robin", "brightwater", "example", "brien"}


def codes(password: str, user: User) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return sorted(str(each.code) for each in error.error_list)
    return []


@pytest.mark.django_db
def test_fifteen_alone_and_eight_beside_a_second_factor() -> None:
    robin = User.objects.create_user("robin@brightwater.example", name="Robin Example")
    assert codes("vnP4;gq0wZ2x3k", robin) == ["too_short"]
    assert codes("vnP4;gq0wZ2x3kb", robin) == []
    assert codes("vnP4;gq0", robin) == ["too_short"]
    Authenticator.objects.create(user=robin, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert codes("vnP4;gq0", robin) == ["too_short"]
    Authenticator.objects.create(user=robin, type=Authenticator.Type.TOTP, data={})
    assert codes("vnP4;gq0", robin) == []
    assert codes("vnP4;gq", robin) == ["too_short"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "refused"),
    [
        ("v" + "nP4;gq0w" * 32, ["too_long"]),
        ("nP4;gq0wZ" * 28 + "vbnm", []),
        ("passwordpassword", ["guessable"]),
        ("robin.brightwater.42", ["guessable", "password_too_similar"]),
        ("plumb the depths of the sea", []),
    ],
)
def test_long_and_yet_guessable(password: str, refused: list[str]) -> None:
    robin = User.objects.create_user("robin@brightwater.example", name="Robin Example")
    assert codes(password, robin) == refused


@pytest.mark.django_db
def test_a_common_password_is_refused_beside_a_factor_too() -> None:
    robin = User.objects.create_user("robin@brightwater.example", name="Robin Example")
    Authenticator.objects.create(user=robin, type=Authenticator.Type.TOTP, data={})
    assert codes("sunshine1", robin) == ["password_too_common"]


@pytest.mark.django_db
def test_a_short_password_is_remembered_as_short() -> None:
    robin = User.objects.create_user("robin@brightwater.example", "vnP4;gq0", name="Robin Example")
    assert not robin.password_is_long
    robin.set_password("vnP4;gq0wZ2x3kb")
    assert robin.password_is_long
    robin.set_password(None)
    assert not robin.password_is_long


def test_passwords_are_kept_by_argon2id(settings: object) -> None:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    stored = Argon2PasswordHasher().encode("one long sentence", "saltsaltsalt")
    assert stored.startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")
