"""The OpenAPI document: what Ninja finds in the code, and what it cannot know (errors, headers, scopes)."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from tollbook.api.answers import ERROR_SCHEMA, ERRORS, HEADERS, WITH_BODY, error_responses, headers
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

**Versions.** Every answer to a GET has an `ETag`: give it as `If-None-Match` and get 304 while nothing has changed. A
PUT takes it as `If-Match`: if somebody changed it meanwhile, it is refused with `changed_meanwhile`.

**Limits.** `RateLimit` says how many requests are left in this minute; beyond it the answer is 429 with `Retry-After`.

**Change.** Fields, codes and routes are added within `/api/v1`, never repurposed: ignore fields that you do not know.
What is to be taken away is marked `deprecated` here for at least twelve months before.
"""

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
    "created_since": "Only what came at that instant or later.",
    "changed_since": "Only what came or changed at that instant or later.",
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
# Examples of parameters whose schema does not give one away.
_EXAMPLES: dict[str, object] = {
    "meter": "sms.part",
    "reference": "crm-1042",
    "state": "active",
    "currency": "EUR",
    "key": "portal.show_wallet",
    "code": "SPRING",
    "cursor": "WyJjdXNfYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIl0",
}
# The prefixes of the ids that addresses and queries hold.
_PREFIXES = {
    "alert": "alr", "brand": "brd", "customer": "cus", "dispute": "dsp", "grant_plan": "gpl", "hold": "hld",
    "invoice": "inv",
    "key": "key", "line": "lin", "method": "mth", "operation": "opn", "order": "ord", "payment": "pay", "plan": "pln",
    "product": "prd", "proforma": "pfm", "promotion": "prm", "service": "svc", "setup": "stp", "simulation": "sim",
    "subscription": "sub", "wallet": "wal",
}  # fmt: skip
_OF_TYPE: dict[str, object] = {"boolean": True, "integer": 50, "string": "text"}
_OF_FORMAT = {"date-time": "2026-05-01T00:00:00Z", "date": "2026-05-01"}


def complete(schema: dict[str, Any], policies: Mapping[str, Policy], conditional: Collection[str]) -> dict[str, Any]:
    """The document with security, errors, headers, scopes and examples added to each operation.

    `conditional` are the operations (by id) that take If-Match.
    """
    # What routes were declared with is theirs: the document is made from a copy, the same each time.
    schema = deepcopy(schema)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Error"] = ERROR_SCHEMA
    for name, found in schemas.items():
        if name.startswith("Page_"):
            found["description"] = "One page of a list."
            row = schemas[found["properties"]["data"]["items"]["$ref"].rpartition("/")[2]]
            found["examples"] = [{"data": row["examples"][:1], "next": None}]
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: `tbk_live_…`"}
    }
    components["headers"] = HEADERS
    components["responses"] = error_responses()
    for path in schema["paths"].values():
        for method, operation in path.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"] = _named(content["schema"], schemas)
            policy = policies[operation["operationId"]]
            _complete(operation, policy, schemas)
            _conditions(operation, method, operation["operationId"] in conditional)
    return schema


def _named(node: Any, schemas: dict[str, Any]) -> Any:
    """A schema that was written by hand, with each part that has a title put among the others under that name."""
    if isinstance(node, list):
        return [_named(part, schemas) for part in node]
    if not isinstance(node, dict):
        return node
    found = {name: part if name == "examples" else _named(part, schemas) for name, part in node.items()}
    if isinstance(title := found.get("title"), str):
        schemas[title] = found
        return {"$ref": f"#/components/schemas/{title}"}
    return found


def _complete(operation: dict[str, Any], policy: Policy, schemas: Mapping[str, Any]) -> None:
    operation["security"] = [{"key": []}]
    who = (
        "" if policy.roles is None else " Staff only" + (f": {', '.join(sorted(policy.roles))}" if policy.roles else "")
    )
    needs = f"Needs the scope `{policy.scope}`.{who}{'.' if who else ''}"
    operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
    _answers(operation, policy, schemas)
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        _tell(parameter)
    said = "Your own name for this request; it comes back in the answer and stands in our log."
    parameters.append(_header("X-Request-Id", _REQUEST_ID_SCHEMA, said, "my-request-0001"))
    if policy.key is not KeyRule.NONE:
        limits = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        said = "Names this request; sent twice, it happens once."
        required = policy.key.is_required
        parameters.append(_header("Idempotency-Key", limits, said, "order-1042-top-up", required=required))


def _answers(operation: dict[str, Any], policy: Policy, schemas: Mapping[str, Any]) -> None:
    """Errors, headers, and what a success says: the answer in words, with an example."""
    for status in ERRORS:
        if status != "412" and (status not in WITH_BODY or policy.key is not KeyRule.NONE or status in {"400", "409"}):
            operation["responses"][status] = {"$ref": f"#/components/responses/Error{status}"}
    operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    for answer in operation["responses"].values():
        if "$ref" in answer:
            continue
        more = ["ETag"] if policy.key is KeyRule.NONE else ["Idempotent-Replayed"]
        answer["headers"] = headers(*more)
        for content in answer.get("content", {}).values():
            said, example = _words(content["schema"], schemas)
            answer["description"] = said if answer["description"] in {"", "OK"} else answer["description"]
            if example is not None:
                content["example"] = example


def _words(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[str, object]:
    """What a value of that schema is, in words, and an example of it (None where there is none, as of a file)."""
    if "$ref" in schema:
        found = schemas[schema["$ref"].rpartition("/")[2]]
        return found["description"], found["examples"][0]
    if schema.get("type") == "array" and "$ref" in schema["items"]:
        said, example = _words(schema["items"], schemas)
        return f"A list. Each: {said}", [example]
    return "The file.", None


def _conditions(operation: dict[str, Any], method: str, takes_match: bool) -> None:
    """If-None-Match of what is read, If-Match of what is changed."""
    if method == "get":
        said = "ETags that you have: unchanged, the answer is 304 without a body."
        operation["parameters"].append(_header("If-None-Match", {"type": "string"}, said, HEADERS["ETag"]["example"]))
        operation["responses"]["304"] = {"description": "Unchanged since that ETag.", "headers": headers("ETag")}
    if takes_match:
        said = "The ETag of the version that you change: changed meanwhile, it is refused with `changed_meanwhile`."
        operation["parameters"].append(_header("If-Match", {"type": "string"}, said, HEADERS["ETag"]["example"]))
        operation["responses"]["412"] = {"$ref": "#/components/responses/Error412"}


_REQUEST_ID_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"}


def _header(
    name: str, schema: Mapping[str, Any], description: str, example: str, *, required: bool = False
) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": required,
        "schema": dict(schema),
        "description": description,
        "example": example,
    }


def _tell(parameter: dict[str, Any]) -> None:
    """Describe a parameter, with the pattern of an id and an example."""
    name, schema = parameter["name"], parameter["schema"]
    # An id in the path is the id of what the path names: invoice_id.
    of = name.removesuffix("_id") if parameter["in"] == "path" else name
    own = f"Id of the {of.replace('_', ' ')}." if name.endswith("_id") else ""
    parameter.setdefault("description", _PARAMETERS.get(name, own))
    prefix = _PREFIXES.get(of) if own or parameter["in"] == "query" else None
    if prefix is not None:
        if parameter["in"] == "path":
            schema["pattern"] = f"^{prefix}_[a-z2-7]{{24}}$"
        parameter["example"] = f"{prefix}_{'a' * 24}"
    else:
        parameter["example"] = _EXAMPLES.get(name, _like(schema))


def _like(schema: Mapping[str, Any]) -> object:
    """A value of that schema, as far as its type goes."""
    kind = next((option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"), schema)
    if "enum" in kind:
        return kind["enum"][0]
    return _OF_FORMAT.get(kind.get("format", ""), _OF_TYPE.get(kind.get("type", "string"), "text"))
