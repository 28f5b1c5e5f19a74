"""A spec as people type it."""

from collections.abc import Mapping

from tollbook.kernel.errors import Invalid, Problem, shown
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.text import clean_text
from tollbook.provisioning.connectors.base import Scalar, Spec

MOST_PROPERTIES = 60
NAME_LIMIT, TEXT_LIMIT = 60, 500
LONGEST_NUMBER = 18


def read_spec(kind: str, lines: str) -> Spec:
    """The spec that people typed: a kind, and a line "name = value" for each property.

    A value of digits is a whole number, one with a point a decimal, "yes" and "no" are switches, all else is text.
    Invalid "property_wrong" tells every line that is wrong, Refused as `clean_text` a kind that is none.
    """
    kind = clean_text(kind, "kind", NAME_LIMIT)
    properties: dict[str, Scalar] = {}
    problems = []
    typed = [(number, line) for number, line in enumerate(lines.splitlines(), 1) if line.strip()]
    for number, line in typed:
        name, sign, value = (part.strip() for part in line.partition("="))
        why = _wrong(name, sign, value, properties)
        if why:
            problems.append(Problem(number, "properties", shown(line), "property_wrong", why))
        else:
            properties[name] = _scalar(value)
    if len(typed) > MOST_PROPERTIES:
        why = f"{len(typed)} properties are more than {MOST_PROPERTIES}"
        problems.append(Problem(None, "properties", str(len(typed)), "property_wrong", why))
    if problems:
        raise Invalid(problems)
    return Spec(kind, properties)


def _wrong(name: str, sign: str, value: str, earlier: Mapping[str, Scalar]) -> str:
    if not sign or not name:
        return "write it as: name = value"
    if len(name) > NAME_LIMIT or not name.isprintable():
        return f"a name has at most {NAME_LIMIT} printable letters"
    if len(value) > TEXT_LIMIT or not value.isprintable():
        return f"a value has at most {TEXT_LIMIT} printable letters"
    return f"{name} is there twice" if name in earlier else ""


def _scalar(text: str) -> Scalar:
    if text in ("yes", "no"):
        return text == "yes"
    sign, digits = (text[:1], text[1:]) if text[:1] == "-" else ("", text)
    whole, point, rest = digits.partition(".")
    # What begins with a needless zero is a name of something, and is not counted with.
    if not (whole.isascii() and whole.isdigit()) or (len(whole) > 1 and whole[0] == "0"):
        return text
    if not point:
        return int(sign + digits) if len(whole) <= LONGEST_NUMBER else text
    return parse_decimal(text, "properties") if rest.isascii() and rest.isdigit() else text


def typed(spec: Spec) -> list[str]:
    """The properties as people type them."""
    words = {True: "yes", False: "no"}
    return [f"{name} = {words[v] if isinstance(v, bool) else v}" for name, v in sorted(spec.properties.items())]
