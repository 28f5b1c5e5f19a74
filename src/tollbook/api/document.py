"""The OpenAPI document: what Ninja finds in the code, and what it cannot know (errors, headers, scopes)."""

from collections.abc import Mapping
from typing import Any

from tollbook.api.policy import KeyRule, Policy

TITLE = "Tollbook"
VERSION = "1"
DESCRIPTION = """\
The API of a Tollbook installation. It does what the portals do, through the same actions.

**Keys.** Send `Authorization: Bearer tbk_live_…`. A customer's key sees that customer and nobody else: anything of
another customer answers exactly as something that does not exist. A staff key acts with the role of its user.

**Money** is text with a currency: `{"amount": "49.00", "currency": "EUR"}`. JSON numbers with a fraction are refused
(`float_refused`): they are binary and not exact.

**Ids** say what they are: `cus_…`, `inv_…`, `sub_…`. **Instants** carry their offset: `2026-05-01T00:00:00Z`.

**Once.** Send an `Idempotency-Key` with each POST. The same key with the same request gets the first answer again
(`Idempotent-Replayed: true`), with another request `idempotency_conflict`. Keys are yours alone and live for 30 days. A
refused request changed nothing and keeps its key free.

**Pages.** Lists answer `{"data": […], "next": "…"}`; give `next` as `cursor` to go on, null is the end.

**Errors** have one shape: `{code, message, param, request_id}`, with `problems` where data is wrong, all of them at
once, and `details` where there are facts to tell. Programs read `code`, which never changes; people read `message`.

**Change.** Fields and codes are added, never repurposed, within `/api/v1`.
"""

_ERRORS = {
    "400": "Malformed request: not JSON, nested too deep, an Idempotency-Key that is missing or malformed",
    "401": "No key, or one that is unknown, expired or revoked",
    "403": "The key has not the scope, or its holder not the role",
    "404": "No such thing, or not yours",
    "405": "This address does not take this method",
    "409": "A rule refuses it, or the Idempotency-Key belongs to another request",
    "413": "The body is too large",
    "415": "The body is not application/json",
    "422": "The data are wrong; `problems` lists every fault",
    "429": "Too many requests; wait `Retry-After` seconds",
    "500": "Our fault; it was noted under the request id",
    "503": "Try again after `Retry-After` seconds; nothing was changed",
}
# What a parameter of that name says wherever a route does not say more.
_PARAMETERS = {
    "cursor": "`next` of the page before; left out for the first page.",
    "limit": "Rows on a page.",
    "customer": "Id of a customer (`cus_…`): only what is this customer's.",
    "brand": "Id of a brand (`brd_…`).",
    "product": "Id of a product (`prd_…`): only its plans.",
    "subscription": "Id of a subscription (`sub_…`): only its use.",
    "meter": "Code of a meter: only what it counts.",
    "reference": "Your own id of a customer.",
    "state": "Only what is in this state.",
    "start": "Begin of the span, inclusive.",
    "end": "End of the span, exclusive.",
    "issued_from": "First day of issue.",
    "first": "The first day.",
    "service": "Id of a service (`svc_…`): only its operations.",
    "for_people": "True: only what people have to look at.",
    "last": "The last day, which belongs to it.",
    "currency": "ISO 4217; the currency of the customer, if not given.",
    "issued_to": "Last day of issue, inclusive.",
    "key": "Key of the feature.",
    "code": "The promotion's code, in small letters or capitals.",
}
_WITH_BODY = frozenset({"400", "409", "413", "415"})
_EXAMPLE = {
    "code": "invalid",
    "message": "row 7, quantity: quantity 0.1: a binary fraction is not exact: give the number as text, such as '0.1'",
    "param": "quantity",
    "request_id": "req_ktq4m6f5yldn3b2zsw7hx4ae",
    "problems": [
        {
            "row": 7,
            "field": "quantity",
            "value": "0.1",
            "code": "float_refused",
            "reason": "quantity 0.1: a binary fraction is not exact: give the number as text, such as '0.1'",
        }
    ],
}


def _text(description: str, *, null: bool = False) -> dict[str, Any]:
    return {"type": ["string", "null"] if null else "string", "description": description}


ERROR_SCHEMA = {
    "title": "Error",
    "description": "What every refused or failed request answers.",
    "type": "object",
    "required": ["code", "message", "param", "request_id"],
    "properties": {
        "code": _text("Stable name of what is wrong, for programs."),
        "message": _text("What is wrong and what would be right, for people."),
        "param": _text("The field, parameter or header at fault.", null=True),
        "request_id": _text("The X-Request-Id of this answer; quote it when you ask us."),
        "details": {"type": "object", "description": "Facts about the case; amounts are text."},
        "problems": {
            "type": "array",
            "description": "Every fault of the data given.",
            "items": {
                "type": "object",
                "required": ["row", "field", "value", "code", "reason"],
                "properties": {
                    "row": {"type": ["integer", "null"], "description": "Counts from 1; null where there are no rows."},
                    "field": _text("The field at fault."),
                    "value": _text("What stood there, shortened."),
                    "code": _text("Stable name of the fault."),
                    "reason": _text("What is wrong and what would be right."),
                },
            },
        },
    },
    "examples": [_EXAMPLE],
}


def complete(schema: dict[str, Any], policies: Mapping[str, Policy]) -> dict[str, Any]:
    """The document with security, errors, headers and scopes added to each operation."""
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    for name, found in components["schemas"].items():
        if name.startswith("Page_"):
            found.setdefault("description", "One page of a list.")
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: `tbk_live_…`"}
    }
    components["responses"] = {f"Error{status}": _error(status) for status in _ERRORS}
    for path in schema["paths"].values():
        for operation in path.values():
            _complete(operation, policies[operation["operationId"]])
    return schema


def _error(status: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": _ERRORS[status], "content": content}


def _complete(operation: dict[str, Any], policy: Policy) -> None:
    operation["security"] = [{"key": []}]
    who = (
        "" if policy.roles is None else " Staff only" + (f": {', '.join(sorted(policy.roles))}" if policy.roles else "")
    )
    needs = f"Needs the scope `{policy.scope}`.{who}{'.' if who else ''}"
    operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
    for status in _ERRORS:
        if status not in _WITH_BODY or policy.key is not KeyRule.NONE:
            operation["responses"][status] = {"$ref": f"#/components/responses/Error{status}"}
    operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        name = parameter["name"]
        # An id in the path is the id of what the path names: invoice_id.
        own = f"Id of the {name.removesuffix('_id')}." if name.endswith("_id") else ""
        parameter.setdefault("description", _PARAMETERS.get(name, own))
    parameters.append(
        {
            "in": "header",
            "name": "X-Request-Id",
            "required": False,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
            "description": "Your own name for this request; it comes back in the answer and stands in our log.",
        }
    )
    if policy.key is not KeyRule.NONE:
        parameters.append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": policy.key.is_required,
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
                "description": "Names this request; sent twice, it happens once.",
            }
        )
