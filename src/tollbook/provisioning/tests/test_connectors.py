"""Every connector there is passes the conformance suite, and the suite catches those that should not."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, Field, SecretStr

from tollbook.base import discovery
from tollbook.kernel.errors import Invalid, NotFound, Refused, Retryable
from tollbook.provisioning import conformance
from tollbook.provisioning.conformance import Case, check_all
from tollbook.provisioning.connectors.base import Condition, Connector, Done, Observed, Outcome, Ref, Spec
from tollbook.provisioning.connectors.console import Console, ConsoleSettings
from tollbook.provisioning.forms import FormField, Input, form_fields, read_settings
from tollbook.provisioning.registry import connector, registry

SPEC = Spec("server", {"cores": 2, "backup": True})
MORE = Spec("server", {"cores": 4, "backup": True})


@pytest.mark.parametrize("slow", [False, True])
def test_the_console_conforms(slow: bool) -> None:
    ran = check_all(Case(lambda: Console(ConsoleSettings(slow=slow)), SPEC, MORE))
    assert ran == [check.__name__ for check in conformance.CHECKS] and len(ran) == 7


class Forgetful(Console):
    """Makes a new thing each time."""

    def provision(self, spec: Spec, key: str) -> Outcome:
        return super().provision(spec, f"{key}{len(self._things)}")


class Deaf(Console):
    """Says that it changed, and did not."""

    def change(self, ref: Ref, spec: Spec, key: str) -> Outcome:
        return Done(ref)


class Undead(Console):
    """Lets what is gone go on."""

    def terminate(self, ref: Ref) -> Outcome:
        return self.suspend(ref)


class Knowing(Console):
    """Knows what never was."""

    def observe(self, ref: Ref) -> Observed:
        return super().observe(ref) if ref.text in self._things else Observed(Condition.ACTIVE, SPEC)


class Meddling(Console):
    """Changes what it is asked about."""

    def observe(self, ref: Ref) -> Observed:
        found = super().observe(ref)
        if found.condition is Condition.ACTIVE:
            self.suspend(ref)
        return found


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (Forgetful, "one key made two things"),
        (Deaf, "observed"),
        (Undead, "terminated"),
        (Knowing, "a thing that never was is known"),
        (Meddling, "changes|then|suspend"),
    ],
)
def test_the_suite_catches(kind: type[Console], what: str) -> None:
    with pytest.raises(AssertionError, match=what):
        check_all(Case(lambda: kind(ConsoleSettings()), SPEC, MORE))


def test_the_console_does_as_configured() -> None:
    with pytest.raises(Refused) as refused:
        Console(ConsoleSettings(refuse="server")).provision(SPEC, "k")
    assert refused.value.code == "kind_refused"
    with pytest.raises(Retryable) as busy:
        Console(ConsoleSettings(busy=True)).provision(SPEC, "k")
    assert (busy.value.code, busy.value.after_s) == ("console_busy", 60)


def test_the_registry() -> None:
    assert registry()["console"] is Console
    assert connector("console") is Console
    assert isinstance(Console(ConsoleSettings()), Connector)
    with pytest.raises(NotFound) as error:
        connector("none")
    assert error.value.code == "connector_not_found"


class Half:
    kind: ClassVar[str] = "half"


@pytest.mark.parametrize(
    ("listed", "match"), [([Half], "Half is no connector: it lacks title"), ([Console], "two connectors")]
)
def test_a_wrong_connector_does_not_start(monkeypatch: pytest.MonkeyPatch, listed: list[Any], match: str) -> None:
    class Module:
        CONNECTORS: ClassVar[list[Any]] = [Console, *listed]

    modules: Callable[[str], Any] = lambda name: iter([("test", Module)])  # noqa: E731
    monkeypatch.setattr(discovery, "modules", modules)
    registry.cache_clear()
    try:
        with pytest.raises(RuntimeError, match=match):
            registry()
    finally:
        registry.cache_clear()


class Region(StrEnum):
    EAST = "east"
    WEST = "west"


class Peculiar(BaseModel):
    base_url: str = Field(title="Address", description="Where it is.")
    token: SecretStr = Field(SecretStr("preset"), description="Its key.")
    region: Region = Region.EAST
    port: int = Field(443, ge=1, le=65535)
    verify: bool = True
    note: str | None = None


def test_settings_as_a_form() -> None:
    assert form_fields(Peculiar) == [
        FormField("base_url", "Address", "Where it is.", Input.TEXT, True, None),
        FormField("token", "Token", "Its key.", Input.SECRET, False, None),
        FormField("region", "Region", "", Input.CHOICE, False, Region.EAST, ("east", "west")),
        FormField("port", "Port", "", Input.NUMBER, False, 443),
        FormField("verify", "Verify", "", Input.SWITCH, False, True),
        FormField("note", "Note", "", Input.TEXT, False, None),
    ]


def test_settings_are_read_whole() -> None:
    found = read_settings(Peculiar, {"base_url": "https://peer.example", "port": "8443", "region": "west"})
    assert isinstance(found, Peculiar) and (found.port, found.region) == (8443, Region.WEST)
    with pytest.raises(Invalid) as error:
        read_settings(Peculiar, {"port": 0, "region": "north", "token": 12345})
    assert {p.field for p in error.value.problems} == {"base_url", "port", "region", "token"}
    assert {p.code for p in error.value.problems} == {"settings_wrong"}
    assert "12345" not in str(error.value.data())


@pytest.mark.parametrize("text", ["", "x" * 201])
def test_a_ref_is_short_text(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 200"):
        Ref(text)
