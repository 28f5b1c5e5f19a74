"""Log lines: JSON for machines, one readable line for people; the same facts, cleaned in the same way."""

import json
import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.types import Processor

from tollbook.base.watching import cleaning, tracing
from tollbook.base.watching.requests import request_id

STYLES = ("json", "text")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Facts that a line may carry beside its text; anything else in `extra` (a request, a job's arguments) stays out.
FIELDS = frozenset({"method", "route", "status", "ms", "task", "outcome", "job", "trace_id"})
Event = MutableMapping[str, Any]


class RouteOnly(logging.Filter):
    """Django tells the path of a failed request, which may hold the key of a password reset: tell its route instead."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None:
            record.msg, record.args = f"{record.getMessage().partition(':')[0]}: {route_of(request)}", ()
        return True


class NoArguments(logging.Filter):
    """The queue tells each job with its arguments, which may hold a mail: tell its number and what came of it.

    What ran in it, and its error, is told by the job itself.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        job = getattr(record, "job", None)
        if isinstance(job, dict):
            action = str(getattr(record, "action", "")).replace("_", " ")
            record.msg, record.args = f"job {job.get('id')}: {action}", ()
        return True


def route_of(request: Any) -> str:
    """The pattern of the address that a request went to, without what varies in it; "-" for none of ours."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "-"


def _stamped(logger: Any, name: str, event: Event) -> Event:
    record = event.get("_record")
    at = datetime.fromtimestamp(record.created, UTC) if record else datetime.now(UTC)
    event["at"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if known := request_id():
        event.setdefault("request_id", known)
    if traced := tracing.trace_id():
        event.setdefault("trace_id", traced)
    return event


def _clean(logger: Any, name: str, event: Event) -> Event:
    """Without secrets, and control characters as escapes. The trace of an error keeps its lines: the renderers see to
    it that they cannot be taken for log lines.
    """
    for key, value in list(event.items()):
        found = cleaning.cleaned(value, key if key != "event" else "")
        event[key] = cleaning.neutral(found) if isinstance(found, str) and key != "exception" else found
    return event


def _as_json(logger: Any, name: str, event: Event) -> str:
    head = {key: event.pop(key) for key in ("at", "level", "logger", "event", "request_id") if key in event}
    return json.dumps({**head, **event}, default=lambda value: cleaning.neutral(str(value)), ensure_ascii=True)


def _as_text(logger: Any, name: str, event: Event) -> str:
    trace = str(event.pop("exception", ""))
    at, level, logger_name = event.pop("at"), str(event.pop("level", "")).upper(), event.pop("logger", "")
    rest = "".join(f" {key}={cleaning.neutral(str(value))}" for key, value in event.items() if key != "event")
    lines = [f"{at} {level} {logger_name}: {event['event']}{rest}"]
    # Each line of a trace is set in, whatever an error's message spells: it cannot pass for a line of its own.
    lines += [f"  | {cleaning.neutral(line)}" for line in trace.splitlines()]
    return "\n".join(lines)


def config(style: str, level: str) -> dict[str, Any]:
    """What `logging.config.dictConfig` takes: everything to standard error, in `style`, from `level` on.

    ValueError that names the variable when one of them is none.
    """
    if style not in STYLES:
        raise ValueError(f"TOLLBOOK_LOG is {style!r}: give one of {', '.join(STYLES)}")
    if level not in LEVELS:
        raise ValueError(f"TOLLBOOK_LOG_LEVEL is {level!r}: give one of {', '.join(LEVELS)}")
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=FIELDS),
        structlog.processors.format_exc_info,
        _stamped,
    ]
    after = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _clean]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"route_only": {"()": RouteOnly}, "no_arguments": {"()": NoArguments}},
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": [*after, _as_json if style == "json" else _as_text],
                # The trace becomes a field; the record keeps it for those who read records.
                "keep_exc_info": False,
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["route_only", "no_arguments"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Both are Django's own set-ups, replaced: the line of each request tells what was not found or refused.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
            "procrastinate": {"level": "WARNING"},
            # gunicorn keeps its own from the root.
            "gunicorn.error": {"handlers": ["stderr"], "propagate": False},
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }
