"""Headers that every answer carries."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Each source that is allowed, and why; all others (frames, media, workers, plug-ins) are not.
SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",  # menus and tables; files of ours, none in a page
    "style-src": "'self'",  # the one stylesheet
    "img-src": "'self' data:",  # logos, and the small pictures that the stylesheet draws check boxes with
    "font-src": "'self'",  # the one typeface
    "connect-src": "'self'",  # parts of pages that are loaded later
    "form-action": "'self'",  # payers leave for a gateway by a link
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
POLICY = "; ".join(f"{name} {value}" for name, value in SOURCES.items())
# What a browser offers and no page of ours uses.
_UNUSED = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi",
    "payment", "usb",
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
}


class SecurityHeaders:
    """Adds the headers unless a view has set its own; pages of a signed-in reader are never kept by caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
