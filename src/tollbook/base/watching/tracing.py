"""Traces (OpenTelemetry), off unless OTEL_EXPORTER_OTLP_ENDPOINT names where to send them.

A trace goes through the request, its SQL (the statements, never their values) and the jobs that it queued. What it
tells is made here and cleaned on its way out: routes instead of addresses, the kind of an error instead of its message.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tollbook.base.watching.cleaning import cleaned

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
# Only the trace travels with a job: what else a caller sends along (baggage) is not kept in our tables.
_PROPAGATOR = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("tollbook")


def start() -> bool:
    """Begin to trace this process if the installation wants traces; returns whether it does."""
    if not os.environ.get(ENDPOINT):
        return False
    # Imported only where it is used: it takes its time.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    trace.set_tracer_provider(provider(BatchSpanProcessor(Cleaned(OTLPSpanExporter()))))
    trace_statements()
    return True


def provider(processor: SpanProcessor) -> TracerProvider:
    """A provider of spans that go to `processor`; OTEL_SERVICE_NAME names this installation, "tollbook" otherwise."""
    found = TracerProvider(
        resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or "tollbook"})
    )
    found.add_span_processor(processor)
    return found


def trace_statements() -> None:
    """Make each SQL statement a step of the trace; for connections that are made from now on."""
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor

    PsycopgInstrumentor().instrument(skip_dep_check=True)


class Cleaned(SpanExporter):
    """Hands spans on without secrets: no messages of errors, no events, attributes cleaned."""

    def __init__(self, inner: SpanExporter) -> None:
        self.inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self.inner.export([_clean(span) for span in spans])

    def shutdown(self) -> None:
        self.inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.inner.force_flush(timeout_millis)


def _clean(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: cleaned(value, name) for name, value in (span.attributes or {}).items()},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def trace_id() -> str:
    """The id of the present trace in hexadecimal digits; empty when nothing is traced."""
    found = trace.get_current_span().get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else ""


def carried() -> dict[str, str]:
    """The present trace as headers (`traceparent`); empty when nothing is traced."""
    found: dict[str, str] = {}
    if trace.get_current_span().get_span_context().is_valid:
        _PROPAGATOR.inject(found)
    return found


@contextmanager
def continued(headers: Mapping[str, str]) -> Iterator[None]:
    """Whatever happens inside belongs to the trace that `headers` name, if they name one."""
    token = context.attach(_PROPAGATOR.extract({name.lower(): value for name, value in headers.items()}))
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[trace.Span]:
    """A step of the present trace; costs next to nothing where no traces are kept. An error is told by its kind."""
    with _tracer.start_as_current_span(name, kind=kind, record_exception=False, set_status_on_exception=False) as begun:
        try:
            yield begun
        except Exception as error:
            begun.set_attribute("error.type", type(error).__name__)
            begun.set_status(StatusCode.ERROR)
            raise
