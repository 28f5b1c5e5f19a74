"""Traces and error reports: off unless configured, whole from the request to the job, and without secrets."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.integrations.logging import EventHandler
from sentry_sdk.transport import Transport

from tollbook.base import tasks
from tollbook.base.queue import run
from tollbook.base.watching import reporting, tracing
from tollbook.base.watching.middleware import Watched
from tollbook.base.watching.requests import within

SECRET = "hunter2hunter2"
READER = "olga@acme.example"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[ReadableSpan]]]:
    """What was traced so far, as it would have been sent."""
    memory = InMemorySpanExporter()
    made = tracing.provider(SimpleSpanProcessor(tracing.Cleaned(memory)))
    monkeypatch.setattr(tracing, "_tracer", made.get_tracer("tollbook"))
    connection.close()
    PsycopgInstrumentor().instrument(skip_dep_check=True, tracer_provider=made)
    yield lambda: list(memory.get_finished_spans())
    PsycopgInstrumentor().uninstrument()
    connection.close()


@tasks.action
def _ask(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text", [word])
    if word == "fail":
        raise ValueError(f"password={SECRET}")


def test_nothing_is_traced_or_reported_unless_it_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tracing.ENDPOINT, raising=False)
    monkeypatch.delenv(reporting.DSN, raising=False)
    assert not tracing.start() and not reporting.start()
    assert not sentry_sdk.get_client().is_active()
    with tracing.span("x"):
        assert tracing.carried() == {} and tracing.trace_id() == ""


@pytest.mark.django_db(transaction=True)
def test_a_trace_goes_from_the_request_through_its_sql_to_its_job(spans: Callable[[], list[ReadableSpan]]) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    def view(request: HttpRequest) -> HttpResponse:
        _ask(f"value-{SECRET}")
        tasks.later(_ask, word="job")
        return HttpResponse("ok")

    address = f"/api/v1/reset/{SECRET}?token={SECRET}"
    Watched(view)(RequestFactory().get(address, headers={"traceparent": PARENT}))
    job = ProcrastinateJob.objects.get().args
    assert job["cause"]["traceparent"].split("-")[1] == PARENT.split("-")[1]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    run(**job)

    found = spans()
    ours = [span for span in found if span.context and f"{span.context.trace_id:032x}" == PARENT.split("-")[1]]
    (request,) = (span for span in ours if span.name == "GET -")
    assert request.parent and f"{request.parent.span_id:016x}" == PARENT.split("-")[2]
    (asked,) = (span for span in ours if span.name == f"{__name__}._ask")
    statements = [span for span in ours if "SELECT %s::text" in str(dict(span.attributes or {}).values())]
    parents = {span.parent.span_id for span in statements if span.parent}
    assert request.context and asked.context
    assert parents == {request.context.span_id, asked.context.span_id}
    assert SECRET not in "".join(span.to_json() for span in found)


def test_a_stranger_does_not_choose_the_trace(spans: Callable[[], list[ReadableSpan]]) -> None:
    Watched(lambda request: HttpResponse("ok"))(RequestFactory().get("/portal/", headers={"traceparent": PARENT}))
    (found,) = spans()
    assert found.parent is None and found.context and f"{found.context.trace_id:032x}" not in PARENT


@pytest.mark.django_db(transaction=True)
def test_an_error_is_traced_by_its_kind(spans: Callable[[], list[ReadableSpan]]) -> None:
    with pytest.raises(ValueError, match="password"):
        run(f"{__name__}._ask", {"word": "fail"})
    (found,) = (span for span in spans() if span.name == f"{__name__}._ask")
    assert dict(found.attributes or {})["error.type"] == "ValueError" and not found.status.is_ok
    assert SECRET not in "".join(span.to_json() for span in spans())


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.sent += [item.payload.json for item in envelope.items if item.type == "event"]


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    monkeypatch.setenv(reporting.DSN, "http://key@127.0.0.1:9/1")
    kept = Kept()
    assert reporting.start(transport=kept)
    yield kept.sent
    sentry_sdk.get_client().close(timeout=2)
    sentry_sdk.get_global_scope().set_client(None)
    for handler in [found for found in logging.getLogger().handlers if isinstance(found, EventHandler)]:
        logging.getLogger().removeHandler(handler)


def test_a_report_holds_the_error_and_no_secret(reported: list[dict[str, Any]]) -> None:
    from django.core.handlers.wsgi import WSGIRequest

    def fail(request: WSGIRequest) -> None:
        password = SECRET
        raise RuntimeError(f"no answer for password={password}")

    sentry_sdk.set_user({"email": READER})
    sentry_sdk.add_breadcrumb(message=f"token={SECRET}")
    sentry_sdk.set_extra("body", SECRET)
    with within("req_reported"):
        try:
            fail(RequestFactory().post(f"/x/?token={SECRET}", {"password": SECRET}))
        except RuntimeError:
            logging.getLogger("tollbook.test").exception("request of %s failed", SECRET)
    (event,) = reported
    assert event["logentry"] == {"message": "request of %s failed"} and event["logger"] == "tollbook.test"
    (found,) = event["exception"]["values"]
    assert (found["type"], found["value"]) == ("RuntimeError", "no answer for password=[removed]")
    assert found["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"] == {"request_id": "req_reported"}
    told = str(event)
    assert SECRET not in told and READER not in told
    assert not {"message", "request", "user", "breadcrumbs", "extra", "server_name", "modules"} & event.keys()


def test_a_report_of_the_queue_holds_no_arguments(reported: list[dict[str, Any]]) -> None:
    logging.getLogger("procrastinate.worker").error(f"Job tollbook.run[7](body='{SECRET}') ended with status: Error")
    logging.getLogger("tollbook.test").warning("not an error")
    (event,) = reported
    assert "logentry" not in event and SECRET not in str(event)
