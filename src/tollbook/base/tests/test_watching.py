"""Log lines hold no secrets and cannot be forged; request ids are believed where they may be; jobs know their cause."""

import io
import json
import logging
import logging.config
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from tollbook.base import tasks
from tollbook.base.queue import run
from tollbook.base.watching import cleaning, logs, metrics
from tollbook.base.watching.middleware import Watched
from tollbook.base.watching.requests import identify, request_id, within

SECRET = "hunter2hunter2"
KEY = f"tbk_live_{'a' * 24}_{'b' * 52}_0123abcd"


@pytest.fixture
def lines() -> Iterator[Callable[[str], Callable[[], list[str]]]]:
    """`lines("json")`: from now on everything is written in that style; what it gives tells the lines so far."""
    added: list[tuple[logging.Handler, int]] = []

    def begin(style: str) -> Callable[[], list[str]]:
        stream = io.StringIO()
        given = logs.config(style, "DEBUG")
        configure = logging.config.DictConfigurator(given)
        handler = logging.StreamHandler(stream)
        handler.setFormatter(configure.configure_formatter(given["formatters"]["line"]))
        for name in given["handlers"]["stderr"]["filters"]:
            handler.addFilter(configure.configure_filter(given["filters"][name]))
        root = logging.getLogger()
        added.append((handler, root.level))
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        return lambda: stream.getvalue().splitlines()

    yield begin
    for handler, level in added:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)


@pytest.mark.parametrize(
    ("said", "hidden", "left"),
    [
        (f"key {KEY} used", KEY[20:], "key tbk_live_[removed] used"),
        (f"Authorization: Bearer {SECRET}", SECRET, "Authorization: [removed] [removed]"),
        (f"sent bearer {SECRET} on", SECRET, "sent bearer [removed] on"),
        ("stripe sk_test_abc123DEF", "abc123DEF", "stripe sk_test_[removed]"),
        ("signed by whsec_abc123DEF", "abc123DEF", "signed by whsec_[removed]"),
        (f"postgresql://billing:{SECRET}@db:5432/x", SECRET, "postgresql://billing:[removed]@db:5432/x"),
        (f"password={SECRET}&next=/", SECRET, "password=[removed]&next=/"),
        (f"{{'new_password': '{SECRET}', 'name': 'Ada'}}", SECRET, "{'new_password': [removed], 'name': 'Ada'}"),
        (f'{{"api_key": "{SECRET} {SECRET}"}}', SECRET, '{"api_key": [removed]}'),
        ("invoice INV-7 of EUR 12.00", "", "invoice INV-7 of EUR 12.00"),
    ],
)
def test_secrets_in_texts_are_removed(said: str, hidden: str, left: str) -> None:
    assert cleaning.without_secrets(said) == left
    assert not hidden or hidden not in left


def test_secrets_below_telling_names_are_removed_all_the_way_down() -> None:
    given = {
        "headers": {"Authorization": SECRET, "Cookie": SECRET, "Accept": "text/html"},
        "rows": [{"password": SECRET, "n": 1}, (KEY,)],
        "body": f"Dear Ada, your code is {SECRET}",
        "digest": SECRET.encode(),
        "passphrase": {"deep": SECRET},
    }
    found = cleaning.cleaned(given)
    assert SECRET not in str(found) and KEY not in str(found)
    assert found["headers"] == {"Authorization": "[removed]", "Cookie": "[removed]", "Accept": "text/html"}
    assert found["rows"] == [{"password": "[removed]", "n": 1}, ["tbk_live_[removed]"]]
    assert found["body"] == found["digest"] == found["passphrase"] == "[removed]"


def test_what_nests_without_end_is_cut() -> None:
    endless: dict[str, Any] = {}
    endless["inner"] = endless
    assert "[removed]" in str(cleaning.cleaned(endless))


FORGED = [
    ("\n2026-01-01T00:00:00Z ERROR tollbook.api: money was lost", "\\x0a"),
    ("\r\nforged", "\\x0d\\x0a"),
    ("\x1b[2Jcleared", "\\x1b"),
    ("\x9b31mred", "\\x9b"),
    ("\u2028forged", "\\u2028"),
    ("\x85forged", "\\x85"),
    ("\u202eecalp", "\\u202e"),
    ("\x00", "\\x00"),
]


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize(("bad", "shown"), FORGED)
def test_a_line_cannot_be_forged(lines: Any, style: str, bad: str, shown: str) -> None:
    told = lines(style)
    logging.getLogger("tollbook.test").warning("name is %s", bad, extra={"route": bad})
    (line,) = told()
    assert bad[0] not in line
    found = json.loads(line)["event"] if style == "json" else line
    assert f"name is {shown}" in found


@pytest.mark.parametrize("style", ["json", "text"])
def test_the_trace_of_an_error_stays_one_entry_without_secrets(lines: Any, style: str) -> None:
    told = lines(style)
    try:
        raise ValueError(f"password={SECRET}\n2026-01-01T00:00:00Z ERROR forged: \x1b[0m")
    except ValueError:
        logging.getLogger("tollbook.test").exception("it failed")
    found = told()
    assert SECRET not in "".join(found) and "\x1b" not in "".join(found)
    if style == "json":
        (entry,) = (json.loads(line) for line in found)
        assert entry["event"] == "it failed" and entry["level"] == "error" and "ValueError" in entry["exception"]
    else:
        assert "it failed" in found[0] and len(found) > 2
        assert all(line.startswith("  | ") for line in found[1:])


def test_a_json_line_says_when_what_where_and_for_which_request(lines: Any) -> None:
    told = lines("json")
    with within("req_of_this_test"):
        logging.getLogger("tollbook.test").info("done", extra={"task": "x.y", "arguments": {"password": SECRET}})
    (found,) = (json.loads(line) for line in told())
    assert found.pop("at").endswith("Z")
    assert found == {
        "level": "info", "logger": "tollbook.test", "event": "done", "request_id": "req_of_this_test", "task": "x.y",
    }  # fmt: skip


def test_the_queue_tells_no_arguments(lines: Any) -> None:
    told = lines("json")
    extra = {"job": {"id": 7, "task_kwargs": {"body": SECRET}}, "action": "job_error"}
    message = f"Job tollbook.run[7](body='{SECRET}') ended with status: Error"
    logging.getLogger("procrastinate.worker").error(message, extra=extra)
    (found,) = (json.loads(line) for line in told())
    assert found["event"] == "job 7: job error" and SECRET not in str(found)


@pytest.mark.parametrize(("style", "level", "named"), [("xml", "INFO", "TOLLBOOK_LOG"), ("json", "LOUD", "_LEVEL")])
def test_wrong_settings_are_named(style: str, level: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        logs.config(style, level)


PROXY = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    ("path", "proxy", "given", "taken"),
    [
        ("/portal/", None, "from-a-stranger", False),
        ("/portal/", PROXY, "from-our-proxy", True),
        ("/api/v1/customers", None, "from-a-caller", True),
        ("/api/v1/customers", PROXY, "short", False),
        ("/api/v1/customers", None, "with spaces in it", False),
        ("/portal/", PROXY, "line\nfeed-is-no-id", False),
        ("/portal/", PROXY, "x" * 65, False),
        ("/portal/", PROXY, "", False),
    ],
)
def test_a_request_id_is_taken_only_from_whom_it_may_be(
    path: str, proxy: tuple[str, str] | None, given: str, taken: bool
) -> None:
    request = RequestFactory().get(path, headers={"X-Request-Id": given})
    with override_settings(SECURE_PROXY_SSL_HEADER=proxy):
        found = identify(request)
        assert identify(request) == found
    assert (found == given) is taken
    assert taken or (found.startswith("req_") and len(found) == 28)


def test_the_line_of_a_request_has_its_route_and_no_address(lines: Any) -> None:
    told = lines("json")
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request_id())
        return HttpResponse("ok", status=201)

    before = metrics.OWN.get_sample_value("tollbook_requests_total", {"method": "other", "route": "-", "status": "201"})
    request = RequestFactory().generic("BREW", f"/account/password/reset/key/{SECRET}/?token={SECRET}")
    answer = Watched(view)(request)
    (found,) = (json.loads(line) for line in told())
    assert answer["X-Request-Id"] == seen[0] == found["request_id"] != "" and request_id() == ""
    assert (found["method"], found["route"], found["status"]) == ("other", "-", 201) and SECRET not in str(found)
    after = metrics.OWN.get_sample_value("tollbook_requests_total", {"method": "other", "route": "-", "status": "201"})
    assert after == (before or 0) + 1


SEEN: list[str] = []


@tasks.action
def _remember(what: str) -> None:
    if what == "fail":
        raise ValueError("as asked")
    SEEN.append(f"{what} for {request_id() or 'nobody'}")


@pytest.mark.django_db
def test_a_job_runs_for_the_request_that_queued_it(lines: Any) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    with within("req_that_queued"):
        tasks.later(_remember, what="first")
    tasks.later(_remember, what="second")
    queued = [job.args for job in ProcrastinateJob.objects.order_by("id")]
    assert [job.get("cause") for job in queued] == [{"request_id": "req_that_queued"}, None]
    told = lines("json")
    SEEN.clear()
    for job in queued:
        run(**job)
    assert SEEN == ["first for req_that_queued", "second for nobody"]
    ended = [json.loads(line) for line in told()]
    name = f"{__name__}._remember"
    assert [(line["task"], line["outcome"], line.get("request_id")) for line in ended if line["event"] == "job"] == [
        (name, "succeeded", "req_that_queued"),
        (name, "succeeded", None),
    ]


@pytest.mark.django_db
def test_a_job_that_fails_is_counted_and_its_error_goes_on() -> None:
    name = f"{_remember.__module__}._remember"
    labels = {"task": name, "outcome": "failed"}
    before = metrics.OWN.get_sample_value("tollbook_jobs_total", labels) or 0
    with pytest.raises(ValueError, match="as asked"):
        run(name, {"what": "fail"}, {"request_id": "req_that_failed"})
    assert metrics.OWN.get_sample_value("tollbook_jobs_total", labels) == before + 1
    assert request_id() == ""


@pytest.mark.django_db
def test_a_worker_finds_a_function_that_nothing_has_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "tollbook.api.once.forget"
    tasks._load("tollbook.api.once")
    known = tasks.TASKS.pop(name)
    monkeypatch.delitem(sys.modules, "tollbook.api.once")
    with pytest.raises(TypeError):
        run(name, {"at": "no instant"})
    assert tasks.TASKS[name] is not known
    tasks.TASKS[name] = known


@pytest.mark.parametrize("name", ["tollbook.base.tasks.gone", "tollbook.nowhere.at_all.x", "os.remove", "x"])
def test_what_is_no_action_is_not_run(name: str) -> None:
    with pytest.raises(LookupError, match="no action is called"):
        run(name, {})
