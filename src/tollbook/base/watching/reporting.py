"""Reports of errors (Sentry's protocol), off unless SENTRY_DSN names where to send them.

What is logged as an error is reported: the trace of the error, cleaned, and the id of the request. No address, header,
body, cookie, user, no value of a variable or of a log line. Nothing of the program is patched for it.
"""

import logging
import os
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import EventHandler

from tollbook.base.watching.cleaning import cleaned, neutral
from tollbook.base.watching.requests import request_id

DSN = "SENTRY_DSN"
# What is left of a report; everything else of it stays here.
KEPT = frozenset({"event_id", "timestamp", "level", "logger", "platform", "release", "exception", "sdk", "environment"})
DEPTH = 20


def start(**more: Any) -> bool:
    """Begin to report the errors of this process if the installation wants it; returns whether it does.

    After logging is set up, which would take our handler away. `more` goes to the SDK: a transport, in tests.
    """
    dsn = os.environ.get(DSN)
    if not dsn:
        return False
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        before_send=fit,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            DedupeIntegration(),
            ExcepthookIntegration(),
            AtexitIntegration(callback=lambda pending, timeout: None),
        ],
        **more,
    )
    logging.getLogger().addHandler(EventHandler(level=logging.ERROR))
    return True


def fit(event: Any, hint: dict[str, Any]) -> Any:
    """What may be sent of a report: by a list of what may, not of what may not."""
    found = {name: cleaned(value, depth=DEPTH) for name, value in event.items() if name in KEPT}
    template = (event.get("logentry") or {}).get("message")
    # The words of a log line without its values; those of the queue hold a job's arguments.
    if template and not str(event.get("logger", "")).startswith("procrastinate"):
        found["logentry"] = {"message": neutral(cleaned(template))}
    found["tags"] = {"request_id": request_id()} if request_id() else {}
    return found
