"""Writes the API's document, as JSON, to the standard output: what the client is made from."""

import json
import sys

import django


def whole() -> str:
    """The document as an installation serves it, one field a line, in an order that does not change."""
    from tollbook.api.shell import build

    api = build()
    _ = api.urls  # routes are placed now
    return json.dumps(api.get_openapi_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(whole())
