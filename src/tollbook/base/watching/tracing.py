"""Traces (OpenTelemetry), off unless OTEL_EXPORTER_OTLP_ENDPOINT names where to send them.

A trace goes through the request, its SQL (the statements, never their values) and the jobs that it queued.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
# Only the trace travels with a job: what else a caller sends along (baggage) is not kept in our tables.
_PROPAGATOR = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("tollbook")


def wanted() -> bool:
    """Whether this installation sends traces."""
    return bool(os.environ.get(ENDPOINT))


def carried() -> dict[str, str]:
    """The present trace as headers (`traceparent`); empty when nothing is traced."""
    found: dict[str, str] = {}
    if trace.get_current_span().get_span_context().is_valid:
        _PROPAGATOR.inject(found)
    return found


@contextmanager
def continued(headers: Mapping[str, str]) -> Iterator[None]:
    """Whatever happens inside belongs to the trace that `headers` name, if they name one."""
    token = context.attach(_PROPAGATOR.extract(dict(headers)))
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def span(name: str) -> Iterator[None]:
    """A step of the present trace; costs next to nothing where no traces are kept."""
    with _tracer.start_as_current_span(name):
        yield
