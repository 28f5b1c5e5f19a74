"""What the document says of every answer: errors with examples, and headers."""

from typing import Any

ERRORS: dict[str, tuple[str, dict[str, Any]]] = {
    "400": (
        "Malformed request: not JSON, nested too deep, an Idempotency-Key that is missing or malformed",
        {"code": "malformed_json", "message": "the body is not JSON: Expecting value at line 1, column 9"},
    ),
    "401": (
        "No key, or one that is unknown, expired or revoked",
        {"code": "key_wrong", "message": "the key is unknown, expired or revoked", "param": "Authorization"},
    ),
    "403": (
        "The key has not the scope, or its holder not the role, or it may not be used from this address",
        {
            "code": "scope_missing",
            "message": "the key has not the scope wallets:write",
            "details": {"scope": "wallets:write"},
        },
    ),
    "404": (
        "No such thing, or not yours",
        {
            "code": "customer_not_found",
            "message": "there is no customer cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "param": "customer",
        },
    ),
    "405": (
        "This address does not take this method",
        {"code": "method_not_allowed", "message": "DELETE: this address takes GET, POST"},
    ),
    "409": (
        "A rule refuses it, or the Idempotency-Key belongs to another request",
        {
            "code": "currency_mismatch",
            "message": "currency USD: the wallet is in EUR",
            "param": "currency",
        },
    ),
    "412": (
        "It was changed since the version that If-Match names",
        {
            "code": "changed_meanwhile",
            "message": "If-Match: this was changed meanwhile; read it again, then send what it shall be",
            "param": "If-Match",
        },
    ),
    "413": (
        "The body is too large",
        {
            "code": "body_too_large",
            "message": "the body has more than 262144 bytes",
            "details": {"limit": 262144},
        },
    ),
    "415": (
        "The body is of a content type that is not read here",
        {
            "code": "not_json",
            "message": "content type 'text/plain': send application/json",
            "param": "Content-Type",
        },
    ),
    "422": (
        "The data are wrong; `problems` lists every fault",
        {
            "code": "invalid",
            "message": "row 7, quantity: quantity 0.1: a binary fraction is not exact: give the number as text, "
            "such as '0.1'",
            "param": "quantity",
            "problems": [
                {
                    "row": 7,
                    "field": "quantity",
                    "value": "0.1",
                    "code": "float_refused",
                    "reason": "quantity 0.1: a binary fraction is not exact: give the number as text, such as '0.1'",
                }
            ],
        },
    ),
    "429": (
        "Too many requests; wait `Retry-After` seconds",
        {
            "code": "rate_limited",
            "message": "more than 6000 requests in a minute: wait 17 s",
            "details": {"limit": 6000},
        },
    ),
    "500": (
        "Our fault; it was noted under the request id",
        {"code": "internal_error", "message": "this is our fault and was noted"},
    ),
    "502": (
        "Another system, such as a payment gateway, refused for good",
        {"code": "gateway_refused", "message": "the gateway refused the request"},
    ),
    "503": (
        "Try again after `Retry-After` seconds; nothing was changed",
        {"code": "database_busy", "message": "nothing was changed; send it again"},
    ),
}
WITH_BODY = frozenset({"400", "409", "413", "415"})
REQUEST_ID = "req_ktq4m6f5yldn3b2zsw7hx4ae"


def _text(description: str, *, null: bool = False) -> dict[str, Any]:
    return {"type": ["string", "null"] if null else "string", "description": description}


def error_example(status: str) -> dict[str, Any]:
    """An error of that status, whole."""
    return {"param": None, "request_id": REQUEST_ID, **ERRORS[status][1]}


ERROR_SCHEMA: dict[str, Any] = {
    "title": "Error",
    "description": "What every refused or failed request answers.",
    "type": "object",
    "required": ["code", "message", "param", "request_id"],
    "additionalProperties": False,
    "properties": {
        "code": _text("Stable name of what is wrong, for programs."),
        "message": _text("What is wrong and what would be right, for people."),
        "param": _text("The field, parameter or header at fault.", null=True),
        "request_id": _text("The X-Request-Id of this answer; quote it when you ask us."),
        "details": {
            "type": "object",
            "additionalProperties": True,
            "description": "Facts about the case; amounts are text.",
        },
        "problems": {
            "type": "array",
            "description": "Every fault of the data given.",
            "items": {
                "title": "Problem",
                "type": "object",
                "required": ["row", "field", "value", "code", "reason"],
                "properties": {
                    "row": {"type": ["integer", "null"], "description": "Counts from 1; null where there are no rows."},
                    "field": _text("The field at fault."),
                    "value": _text("What stood there, shortened."),
                    "code": _text("Stable name of the fault."),
                    "reason": _text("What is wrong and what would be right."),
                },
                "additionalProperties": False,
            },
        },
    },
    "examples": [error_example("422")],
}


def _header(description: str, example: str, kind: str = "string") -> dict[str, Any]:
    return {
        "description": description,
        "schema": {"type": kind},
        "example": int(example) if kind != "string" else example,
    }


HEADERS = {
    "X-Request-Id": _header("Names this request in our log; quote it when you ask us.", REQUEST_ID),
    "RateLimit-Policy": _header("How many requests (`q`) in how many seconds (`w`).", '"requests";q=6000;w=60'),
    "RateLimit": _header("How many are left (`r`), and in how many seconds all are.", '"requests";r=5990;t=33'),
    "ETag": _header(
        "The version of this answer, for If-None-Match and If-Match.", '"8f14e45fceea167a5a36dedd4bea2543"'
    ),
    "Idempotent-Replayed": _header("`true` where this is the answer to an earlier request of this key.", "true"),
    "Retry-After": _header("Seconds to wait before asking again.", "17", "integer"),
    "WWW-Authenticate": _header("How to say who you are.", "Bearer"),
    "Allow": _header("The methods that this address takes.", "GET, POST"),
}
_ALWAYS = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
_MORE = {
    "401": ("WWW-Authenticate",), "405": ("Allow",), "429": ("Retry-After",), "503": ("Retry-After",), "412": ("ETag",)
}  # fmt: skip


def headers(*names: str, known: bool = True) -> dict[str, Any]:
    """References to these headers and those of every answer; `known`: whether the caller was known."""
    always = _ALWAYS if known else _ALWAYS[:1]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*always, *names)}


def error_responses() -> dict[str, Any]:
    """The component of each status: Error404."""
    return {
        f"Error{status}": {
            "description": description,
            "headers": headers(*_MORE.get(status, ()), known=status not in {"401", "405"}),
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Error"},
                    "example": error_example(status),
                }
            },
        }
        for status, (description, _) in ERRORS.items()
    }
