"""Sealed secrets open where they were sealed, and nowhere else."""

import os
import stat
from base64 import b64encode
from pathlib import Path

import pytest

from tollbook.base.sealed import VARIABLE, seal, unseal
from tollbook.kernel.errors import Permanent


def key() -> str:
    return b64encode(os.urandom(32)).decode()


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> str:
    found = key()
    monkeypatch.setenv(VARIABLE, found)
    return found


def test_sealed_and_opened(keyed: str) -> None:
    one, two = seal(b"token", "con_a:token"), seal(b"token", "con_a:token")
    assert one != two and b"token" not in one
    assert unseal(one, "con_a:token") == unseal(two, "con_a:token") == b"token"
    assert unseal(seal(b"", "x"), "x") == b""


@pytest.mark.parametrize("damage", ["context", "flip", "cut", "version", "empty", "key"])
def test_anything_else_stays_shut(keyed: str, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    sealed = seal(b"token", "con_a:token")
    context = "con_b:token" if damage == "context" else "con_a:token"
    changed = {
        "flip": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "cut": sealed[:8],
        "version": b"\x02" + sealed[1:],
        "empty": b"",
    }.get(damage, sealed)
    if damage == "key":
        monkeypatch.setenv(VARIABLE, key())
    with pytest.raises(Permanent) as error:
        unseal(changed, context)
    assert error.value.code == "seal_broken"


def test_keys_are_changed(keyed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = seal(b"old", "x")
    monkeypatch.setenv(VARIABLE, f"{key()}, {keyed}")
    new = seal(b"new", "x")
    assert (unseal(old, "x"), unseal(new, "x")) == (b"old", b"new")
    monkeypatch.setenv(VARIABLE, keyed)
    with pytest.raises(Permanent):
        unseal(new, "x")


@pytest.mark.parametrize("wrong", ["secret", "c2hvcnQ=", "%%%", ","])
def test_a_wrong_key_says_so(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv(VARIABLE, wrong)
    with pytest.raises(Permanent) as error:
        seal(b"x", "y")
    assert (error.value.code, error.value.param) == ("seal_key_wrong", VARIABLE)
    assert wrong not in error.value.message.replace(",", "", 0) or wrong == ","


def test_the_kept_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("TOLLBOOK_HOME", str(tmp_path / "new"))
    sealed = seal(b"x", "y")
    path = tmp_path / "new" / "seal.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["seal.key"]
    assert unseal(sealed, "y") == b"x"
