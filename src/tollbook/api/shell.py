"""The API's shell: one Ninja API, filled by discovery. A route without a policy does not start."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.operation import Operation, PathView
from ninja.parser import Parser

from tollbook.api import document
from tollbook.api.door import Asked, guarded
from tollbook.api.errors import HttpRefused, answer, internal
from tollbook.api.policy import ApiRequest, Policy
from tollbook.base import discovery
from tollbook.base.watching.requests import identify
from tollbook.kernel.errors import NotFound, TollbookError

NOT_ALLOWED = 405
_CONTRACT = (TollbookError, ValidationError, Http404, HttpError, RequestDataTooBig, OperationalError)


class _Bodies(Parser):
    """Gives Ninja the body that the door has parsed."""

    def parse_body(self, request: HttpRequest) -> Any:
        return getattr(request, "json", None)


class Shell(NinjaAPI):
    """Ninja with our door before every operation and our errors behind it."""

    def __init__(self) -> None:
        super().__init__(
            title=document.TITLE,
            version=document.VERSION,
            description=document.DESCRIPTION,
            docs_url=None,
            urls_namespace="api",
            parser=_Bodies(),
        )
        for kind in _CONTRACT:
            self.add_exception_handler(kind, cast(Any, answer))
        self.add_exception_handler(Exception, cast(Any, internal))

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Every fault with what was given there; Ninja's own forgets the latter."""
        found: list[dict[str, Any]] = []
        for context in error_contexts:
            model = context.model
            for fault in context.pydantic_validation_error.errors(include_url=False, include_context=False):
                place = model.__ninja_flatten_map_reverse__.get(fault["loc"], fault["loc"])
                found.append({**fault, "loc": (model.__ninja_param_source__, *place)})
        return ValidationError(found)

    def get_openapi_schema(self, **options: Any) -> Any:
        return document.complete(super().get_openapi_schema(**options), self.policies(), self._conditional())

    def _conditional(self) -> frozenset[str]:
        """The PUT operations whose address can be read: they take If-Match."""
        read = {id(view) for view, operation in self._placed() if "GET" in operation.methods}
        return frozenset(
            operation.operation_id or operation.view_func.__name__
            for view, operation in self._placed()
            if "PUT" in operation.methods and id(view) in read
        )

    def operations(self) -> list[Operation]:
        """Every operation of every room."""
        return [operation for _, operation in self._placed()]

    def _placed(self) -> list[tuple[PathView, Operation]]:
        """Every operation with the address that it shares with others."""
        return [
            (view, operation)
            for bound in self._get_bound_routers()
            for view in bound.path_operations.values()
            for operation in view.operations
        ]

    def policies(self) -> dict[str, Policy]:
        """What each operation demands, by its id; RuntimeError for one without a policy, or two of one name."""
        found: dict[str, Policy] = {}
        for operation in self.operations():
            policy = getattr(operation.view_func, "policy", None)
            name = operation.operation_id or operation.view_func.__name__
            if not isinstance(policy, Policy):
                raise RuntimeError(f"API operation {name} ({operation.path}) has no policy; declare it with api.Routes")
            if name in found:
                raise RuntimeError(f"two API operations are called {name}; give one another operation_id")
            found[name] = policy
        return found

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        policies = self.policies()
        # What a GET of the same address answers is what a PUT changes.
        current = {id(view): operation.run for view, operation in self._placed() if "GET" in operation.methods}
        for view, operation in self._placed():
            known = frozenset(
                name
                for model in operation.models
                if model.__ninja_param_source__ == "query"
                for name in model.__ninja_flatten_map__
            )
            policy = policies[operation.operation_id or operation.view_func.__name__]
            takes_body = policy.reads_raw or any(m.__ninja_param_source__ == "body" for m in operation.models)
            asked = Asked(policy, known, takes_body)
            before = current.get(id(view)) if "PUT" in operation.methods else None
            operation.run = guarded(operation.run, asked, before)  # type: ignore[method-assign]  # one per API
        found = super()._get_urls()
        found.append(re_path("", _nothing, name="nothing"))
        for pattern in found:
            if isinstance(pattern, URLPattern):
                pattern.callback = _outermost(pattern.callback)
        return found


def _outermost(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give the request its id, and every answer our headers and our shape."""

    inner = view.func if isinstance(view, partial) else view

    @wraps(inner)
    def call(request: ApiRequest, *args: Any, **path: Any) -> HttpResponseBase:
        request.request_id = identify(request)
        try:
            response = view(request, *args, **path)
        except Http404 as error:
            response = answer(request, error)
        if response.status_code == NOT_ALLOWED and "Allow" in response:
            allowed = response["Allow"]
            refusal = HttpRefused(NOT_ALLOWED, "method_not_allowed", f"{request.method}: this address takes {allowed}")
            response = answer(request, refusal.with_headers(Allow=allowed))
        response["X-Request-Id"] = request.request_id
        if (allowance := getattr(request, "allowance", None)) is not None:
            allowance.tell(response)
        response.setdefault("Cache-Control", "no-store")
        return response

    call.csrf_exempt = True  # type: ignore[attr-defined]  # keys are sent on purpose, never by a browser alone
    return call


def _nothing(request: HttpRequest) -> HttpResponseBase:
    return answer(request, NotFound("not_found", "there is nothing at this address"))


def build() -> Shell:
    """The API with every room's routes: an `api.py` lists `(prefix, router)` in `ROUTERS`."""
    api = Shell()
    for _, module in discovery.modules("api"):
        for prefix, router in getattr(module, "ROUTERS", ()):
            api.add_router(prefix, router)
    return api
