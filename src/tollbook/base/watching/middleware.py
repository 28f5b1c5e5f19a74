"""The outermost layer: every request gets its id, is counted, timed and told in one line of the log."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from opentelemetry import trace

from tollbook.base.watching import metrics, tracing
from tollbook.base.watching.logs import route_of
from tollbook.base.watching.requests import HEADER, believed, identify, within

log = logging.getLogger("tollbook.requests")
OUR_FAULT = 500


class Watched:
    """Adds `request.request_id` and the answer's `X-Request-Id`. The line tells the route, never the address: that may
    hold a key, and what stands after the question mark is the reader's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        with within(identify(request)), tracing.continued(_trace_of(request)), _span(request) as step:
            response = self.get_response(request)
            response.headers[HEADER] = identify(request)
            _tell(step, request, response.status_code)
            _note(request, response.status_code, time.perf_counter() - began)
        return response


def _trace_of(request: HttpRequest) -> dict[str, str]:
    """The trace that the request belongs to, from whom its id is believed as well."""
    given = request.headers.get("traceparent", "")
    return {"traceparent": given} if given and believed(request) else {}


def _span(request: HttpRequest) -> AbstractContextManager[trace.Span]:
    return tracing.span(_method(request), trace.SpanKind.SERVER)


def _tell(step: trace.Span, request: HttpRequest, status: int) -> None:
    if step.is_recording():
        route = route_of(request)
        step.update_name(f"{_method(request)} {route}")
        step.set_attributes(
            {
                "http.request.method": _method(request),
                "http.route": route,
                "http.response.status_code": status,
                "tollbook.request_id": identify(request),
            }
        )
        if status >= OUR_FAULT:
            step.set_status(trace.StatusCode.ERROR)


def _method(request: HttpRequest) -> str:
    # Anybody can invent a method, and each would be a series of its own for ever.
    return request.method if request.method in metrics.METHODS else "other"


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    route, method = route_of(request), _method(request)
    metrics.REQUESTS.labels(method, route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(method, route).observe(seconds)
    facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
    log.info("request", extra=facts)
