"""What the reference pages of the API show: the same document that programs read, cut into pages."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

BASE = "https://billing.example"
_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_WORDS = re.compile(r"\w+")
_LIMITS = {
    "pattern": "Pattern",
    "minLength": "At least",
    "maxLength": "At most",
    "minimum": "From",
    "maximum": "To",
    "minItems": "Items, at least",
    "maxItems": "Items, at most",
    "default": "Left out",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field, parameter or header: `shape` is the name of the shape that it holds, if it has a page."""

    name: str
    kind: str
    required: bool
    words: SafeString
    shape: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that an operation answers with, and the shape of it."""

    status: str
    words: SafeString
    shape: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A route: what it does, takes and answers, and how it is called."""

    id: str
    method: str
    path: str
    tag: str
    title: str
    words: SafeString
    parameters: list[Field]
    bodies: list[tuple[str, str, list[str]]]
    answers: list[Answer]
    errors: list[Answer]
    curl: str
    python: str
    found_by: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema with a name."""

    name: str
    words: SafeString
    fields: list[Field]
    options: list[str]
    example: str
    used_by: list[str]


class Reference:
    """The document, cut into operations and shapes."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.words = prose(document["info"]["description"])
        self.version = str(document["info"]["version"])
        self.schemas: dict[str, Any] = document["components"]["schemas"]
        self.operations = {
            found["operationId"]: self._operation(method, path, found)
            for path, methods in document["paths"].items()
            for method, found in methods.items()
        }
        self.shapes = {name: self._shape(name, schema) for name, schema in sorted(self.schemas.items())}
        self.errors = [
            self._answer(name.removeprefix("Error"), found)
            for name, found in document["components"]["responses"].items()
        ]

    def by_tag(self, wanted: str = "") -> dict[str, list[Operation]]:
        """The operations under their headings; with `wanted`, those that hold each of its words."""
        words = _WORDS.findall(wanted.lower())
        found: dict[str, list[Operation]] = {}
        for operation in self.operations.values():
            if all(word in operation.found_by for word in words):
                found.setdefault(operation.tag, []).append(operation)
        return dict(sorted(found.items()))

    def _operation(self, method: str, path: str, found: Mapping[str, Any]) -> Operation:
        content = found.get("requestBody", {}).get("content", {})
        answers = [self._answer(status, self._whole(said)) for status, said in found["responses"].items()]
        return Operation(
            id=found["operationId"],
            method=method.upper(),
            path=path,
            tag=found["tags"][0],
            title=found["summary"],
            words=prose(found["description"]),
            parameters=[_parameter(given) for given in found["parameters"]],
            bodies=[
                (kind, _json(self._example(said["schema"])), self._names(said["schema"]))
                for kind, said in content.items()
            ],
            answers=[answer for answer in answers if answer.status < "400"],
            errors=sorted((a for a in answers if a.status >= "400"), key=lambda a: a.status),
            curl=self._curl(method, path, found),
            python=self._python(found),
            found_by=f"{method} {path} {found['operationId']} {found['summary']} {found['description']}".lower(),
        )

    def _whole(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        name = said.get("$ref", "").rpartition("/")[2]
        return self.document["components"]["responses"][name] if name else said

    def _answer(self, status: str, said: Mapping[str, Any]) -> Answer:
        for content in said.get("content", {}).values():
            example = _json(content["example"]) if "example" in content else ""
            return Answer(status, prose(said["description"]), _name(content["schema"]), example)
        return Answer(status, prose(said["description"]))

    def _shape(self, name: str, schema: Mapping[str, Any]) -> Shape:
        required = set(schema.get("required", ()))
        fields = [_field(field, said, field in required) for field, said in schema.get("properties", {}).items()]
        example = _json(schema["examples"][0]) if schema.get("examples") else ""
        users = [found.id for found in self.operations.values() if self._uses(found, name)]
        return Shape(name, prose(schema.get("description", "")), fields, self._names(schema), example, users)

    def _uses(self, operation: Operation, name: str) -> bool:
        return any(name in names for _, _, names in operation.bodies) or any(a.shape == name for a in operation.answers)

    def _names(self, schema: Mapping[str, Any]) -> list[str]:
        """The shapes that a schema is one of."""
        return [name for option in schema.get("oneOf", [schema]) if (name := _name(option))]

    def _example(self, schema: Mapping[str, Any]) -> Any:
        first = schema.get("oneOf", [schema])[0]
        name = first.get("$ref", "").rpartition("/")[2]
        return (self.schemas[name] if name else first)["examples"][0]

    def _curl(self, method: str, path: str, found: Mapping[str, Any]) -> str:
        lines = [f"curl {BASE}{_filled(path, found)}", "-H 'Authorization: Bearer tbk_live_…'"]
        if method != "get":
            lines[0] = lines[0].replace("curl", f"curl -X {method.upper()}", 1)
        lines += [f"-H 'Idempotency-Key: {p['example']}'" for p in _needed(found) if p["in"] == "header"]
        if "requestBody" in found:
            kind, said = next(iter(found["requestBody"]["content"].items()))
            lines += [f"-H 'Content-Type: {kind}'", f"-d '{_json(self._example(said['schema']))}'"]
        return " \\\n  ".join(lines)

    def _python(self, found: Mapping[str, Any]) -> str:
        module, name = found["tags"][0].lower().replace(" ", "_"), found["operationId"]
        given = [repr(p["example"]) for p in found["parameters"] if p["in"] == "path"] + ["client=client"]
        given += [f"idempotency_key={p['example']!r}" for p in _needed(found) if p["in"] == "header"]
        lines = ["from tollbook_client import AuthenticatedClient", f"from tollbook_client.api.{module} import {name}"]
        if "requestBody" in found:
            schema = next(iter(found["requestBody"]["content"].values()))["schema"]
            model = self._names(schema)[0]
            lines.append(f"from tollbook_client.models import {model}")
            given.append(f"body={model}.from_dict({self._example(schema)!r})")
        lines += ["", f'client = AuthenticatedClient("{BASE}", token="tbk_live_…")', f"answer = {name}.sync("]
        return "\n".join([*lines, *(f"    {one}," for one in given), ")"])


@cache
def reference() -> Reference:
    """The reference of this version, made once in a process."""
    from tollbook.site.document import whole

    return Reference(json.loads(whole()))


def prose(text: str) -> SafeString:
    """Paragraphs of the document's plain markdown: `code`, **strong**, and nothing else."""
    return mark_safe("".join(f"<p>{_inline(part)}</p>" for part in text.strip().split("\n\n")))  # noqa: S308  # escaped


def _inline(text: str) -> str:
    told = _CODE.sub(r'<code class="mono">\1</code>', str(escape(text)))
    return _STRONG.sub(r"<strong>\1</strong>", told)


def _needed(found: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (parameter for parameter in found["parameters"] if parameter["required"])


def _filled(path: str, found: Mapping[str, Any]) -> str:
    for parameter in found["parameters"]:
        path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
    return path


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _name(schema: Mapping[str, Any]) -> str:
    """The shape that a schema is, or is a list of."""
    return str(schema.get("items", schema).get("$ref", "")).rpartition("/")[2]


def _parameter(given: Mapping[str, Any]) -> Field:
    return _field(
        given["name"], {**given["schema"], "description": given["description"]}, given["required"], given["in"]
    )


def _field(name: str, schema: Mapping[str, Any], required: bool, where: str = "") -> Field:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    shape = next((found for option in options if (found := _name(option))), "")
    words = prose(schema.get("description", ""))
    if said := _limits(options[0]):
        words = format_html('{}<p class="muted text-xs">{}</p>', words, said)
    kind = " or ".join(dict.fromkeys(_kind(option) for option in options))
    null = " or null" if len(options) < len(schema.get("anyOf", [schema])) else ""
    return Field(name, kind + null, required, words, shape, where)


def _kind(schema: Mapping[str, Any]) -> str:
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return str(name)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return schema.get("format") or (" or ".join(kind) if isinstance(kind, list) else str(kind))


def _limits(schema: Mapping[str, Any]) -> str:
    said = []
    if "enum" in schema:
        said.append("One of " + ", ".join(str(choice) for choice in schema["enum"]))
    for name, words in _LIMITS.items():
        if schema.get(name) not in (None, ""):
            said.append(f"{words}: {schema[name]}")
    return " · ".join(said)
