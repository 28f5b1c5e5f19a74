"""A connector's settings as a form and as values: no connector writes HTML, and none reads JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, EnumMeta, StrEnum
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from tollbook.kernel.errors import Invalid, Problem, shown


class Input(StrEnum):
    """What a form shows."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105  # the name of an input, not a password
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class FormField:
    """One input of a settings form."""

    name: str
    label: str
    help: str
    input: Input
    required: bool
    default: Any
    choices: tuple[str, ...] = ()


def form_fields(settings: type[BaseModel]) -> list[FormField]:
    """The inputs of a settings class, in its order. A secret's default is never shown."""
    return [_field(name, info) for name, info in settings.model_fields.items()]


def _field(name: str, info: FieldInfo) -> FormField:
    kind = _input(info.annotation)
    default = None if info.default is PydanticUndefined or kind is Input.SECRET else info.default
    choices = _choices(info.annotation) if kind is Input.CHOICE else ()
    label = info.title or name.replace("_", " ").capitalize()
    return FormField(name, label, info.description or "", kind, info.is_required(), default, choices)


def _choices(kind: object) -> tuple[str, ...]:
    if not isinstance(kind, EnumMeta):
        return ()
    members: Iterable[Enum] = kind
    return tuple(str(each.value) for each in members)


def _input(annotation: object) -> Input:
    if not isinstance(annotation, type):
        return Input.TEXT
    for base, kind in ((SecretStr, Input.SECRET), (bool, Input.SWITCH), (Enum, Input.CHOICE), (int, Input.NUMBER)):
        if issubclass(annotation, base):
            return kind
    return Input.TEXT


def read_settings(settings: type[BaseModel], given: Mapping[str, Any]) -> BaseModel:
    """The settings that `given` (form or JSON) spells; Invalid "settings_wrong" tells every fault, never a secret."""
    secret = {each.name for each in form_fields(settings) if each.input is Input.SECRET}
    try:
        return settings.model_validate(dict(given))
    except ValidationError as error:
        problems = []
        for fault in error.errors(include_url=False, include_context=False):
            name = str(fault["loc"][0]) if fault["loc"] else "settings"
            value = "" if name in secret or fault["type"] == "missing" else shown(fault["input"])
            problems.append(Problem(None, name, value, "settings_wrong", f"{name}: {fault['msg'].lower()}"))
        raise Invalid(problems) from None
