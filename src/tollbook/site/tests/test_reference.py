"""The API's reference pages: every route and shape has one, for everybody, and they say what the document says."""

import html
import json
import shutil
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import sync_playwright

from tollbook.api.tests.test_registry import operations
from tollbook.site.reference import prose, reference

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
OUTSIDE = """
document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("main *, header *")]
  .filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest(".table-wrap")).map(e => e.outerHTML)
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def document() -> Any:
    return Client().get("/api/v1/openapi.json").json()


def read(address: str) -> str:
    response = Client().get(address)
    assert response.status_code == 200, address
    return html.unescape(response.content.decode())


def test_every_route_and_every_shape_has_a_page(document: Any) -> None:
    overview = read("/api/reference/")
    for path, method, found in operations(document):
        assert f'href="/api/reference/{found["operationId"]}/"' in overview
        page = read(f"/api/reference/{found['operationId']}/")
        assert f'<span class="mono">{path}</span>' in page and found["summary"] in page
        for parameter in found["parameters"]:
            assert f'<span class="mono">{parameter["name"]}</span>' in page, (method, path)
        for status in found["responses"]:
            assert f">{status}</span>" in page, (method, path, status)
    for name, schema in document["components"]["schemas"].items():
        page = read(f"/api/reference/shapes/{name}/")
        for field in schema.get("properties", {}):
            assert f'<span class="mono">{field}</span>' in page, (name, field)


def test_how_a_route_is_called() -> None:
    found = reference().operations["hold_money"]
    head, _, body = found.curl.partition(" \\\n  -d ")
    assert head == (
        "curl -X POST https://billing.example/api/v1/wallets/wal_aaaaaaaaaaaaaaaaaaaaaaaa/holds \\\n"
        "  -H 'Authorization: Bearer tbk_live_…' \\\n"
        "  -H 'Idempotency-Key: order-1042-top-up' \\\n"
        "  -H 'Content-Type: application/json'"
    )
    assert json.loads(body.strip("'")) == reference().schemas["HoldIn"]["examples"][0]


def test_what_is_said_of_python_is_python() -> None:
    for found in reference().operations.values():
        imports = "\n".join(line for line in found.python.splitlines() if line.startswith("from "))
        exec(imports, {})  # noqa: S102  # each names a module and a model of the client that there is
        compile(found.python, found.id, "exec")


def test_searching() -> None:
    assert [o.id for rows in reference().by_tag("Holds capture").values() for o in rows] == [
        "capture_units",
        "capture_hold",
    ]
    page = read("/api/reference/?q=holds+capture")
    assert "2 routes with “holds capture”" in page and "Take what was used" in page
    empty = read("/api/reference/?q=%3Cscript%3Ealert(1)")
    assert "Nothing has these words" in empty and "0 routes" in empty
    assert b"<script>alert" not in Client().get("/api/reference/?q=%3Cscript%3Ealert(1)").content


@pytest.mark.parametrize("address", ["/api/reference/nothing/", "/api/reference/shapes/Nothing/"])
def test_nothing_is_not_found(address: str) -> None:
    assert Client().get(address).status_code == 404


def test_words_are_escaped() -> None:
    assert prose("a <b> `c<d` **e**\n\nf") == (
        '<p>a &lt;b&gt; <code class="mono">c&lt;d</code> <strong>e</strong></p><p>f</p>'
    )


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(live_server: Any, width: int, scheme: Any) -> None:
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith(live_server.url) else None)
        for path in ("", "send_usage/", "hold_money/", "shapes/CustomerIn/", "shapes/UsageBatch/", "?q=nothingatall"):
            page.goto(f"{live_server.url}/api/reference/{path}")
            assert page.evaluate(OUTSIDE) == [], path
            found = Axe().run(page).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"][:150]) for v in found] == [], path
        page.goto(f"{live_server.url}/api/reference/")
        page.get_by_label("Search the API").fill("capture")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Take what was used of a hold and free the rest").click()
        assert page.url.endswith("/api/reference/capture_hold/")
        browser.close()
    assert said == []
