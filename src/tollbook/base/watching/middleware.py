"""The outermost layer: every request gets its id, is counted, timed and told in one line of the log."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tollbook.base.watching import metrics
from tollbook.base.watching.logs import route_of
from tollbook.base.watching.requests import HEADER, identify, within

log = logging.getLogger("tollbook.requests")


class Watched:
    """Adds `request.request_id` and the answer's `X-Request-Id`. The line tells the route, never the address: that may
    hold a key, and what stands after the question mark is the reader's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        with within(identify(request)):
            response = self.get_response(request)
            response.headers[HEADER] = identify(request)
            _note(request, response.status_code, time.perf_counter() - began)
        return response


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    route = route_of(request)
    # Anybody can invent a method, and each would be a series of its own for ever.
    method = request.method if request.method in metrics.METHODS else "other"
    metrics.REQUESTS.labels(method, route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(method, route).observe(seconds)
    facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
    log.info("request", extra=facts)
