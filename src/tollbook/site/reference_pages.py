"""The pages of the API's reference: for everybody, as the document itself is."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tollbook.site.reference import reference

QUERY_LENGTH = 100


def overview(request: HttpRequest) -> HttpResponse:
    """How to begin, and every route under its heading; `q` leaves those that hold its words."""
    wanted = request.GET.get("q", "")[:QUERY_LENGTH]
    found = reference()
    tags = found.by_tag(wanted)
    return _page(request, "overview", tags=tags, wanted=wanted, count=sum(len(rows) for rows in tags.values()))


def operation(request: HttpRequest, name: str) -> HttpResponse:
    """One route: what it takes and answers, and how it is called."""
    found = reference().operations.get(name)
    if found is None:
        raise Http404
    return _page(request, "operation", operation=found)


def shape(request: HttpRequest, name: str) -> HttpResponse:
    """One shape: its fields."""
    found = reference().shapes.get(name)
    if found is None:
        raise Http404
    return _page(request, "shape", shape=found, users=[reference().operations[user] for user in found.used_by])


def _page(request: HttpRequest, template: str, **more: object) -> HttpResponse:
    found = reference()
    return render(request, f"reference/{template}.html", {"reference": found, "headings": list(found.by_tag()), **more})


urls = [
    path("", overview, name="overview"),
    path("shapes/<str:name>/", shape, name="shape"),
    path("<str:name>/", operation, name="operation"),
]
