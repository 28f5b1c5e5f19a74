"""`tollbook conformance FILE`, as a user sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tollbook.site.cli import main

RIGHT = {
    "id": "right",
    "kind": "round.money",
    "input": {"amount": "1.005", "currency": "EUR"},
    "expected": {"amount": "1.01"},
}
WRONG = {**RIGHT, "id": "wrong", "expected": {"amount": "1"}}
STRANGE = {**RIGHT, "id": "strange", "kind": "round.table"}


def file(tmp_path: Path, *cases: dict[str, Any]) -> str:
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(f"{json.dumps(case)}\n" for case in cases))
    return str(path)


def test_a_table_by_kind_and_one_last_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", file(tmp_path, RIGHT, STRANGE, RIGHT)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "kind         passed  failed  unsupported",
        "round.money       2       0            0",
        "round.table       0       0            1",
        "2 passed, 0 failed, 1 unsupported",
    ]
    assert told.err == "unsupported: strange (round.table): no adapter for kind round.table\n"


def test_one_failed_case_is_exit_1_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", file(tmp_path, RIGHT, WRONG)]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "1 passed, 1 failed, 0 unsupported"
    assert told.err == "failed: wrong (round.money): amount is 1.01, not 1\n"


def test_json_has_each_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", file(tmp_path, RIGHT, WRONG, STRANGE), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [found["passed"], found["failed"], found["unsupported"]] == [1, 1, 1]
    assert found["kinds"][0] == {"kind": "round.money", "passed": 1, "failed": 1, "unsupported": 0}
    assert [case["answer"] for case in found["cases"]] == [{"amount": "1.01"}, {"amount": "1.01"}, None]
    assert [case["status"] for case in found["cases"]] == ["passed", "failed", "unsupported"]


def test_a_bad_file_is_one_clear_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("not json\n")
    assert main(["conformance", str(path)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == (
        "",
        f"tollbook: {path}, line 1 is not JSON: Expecting value: line 1 column 1 (char 0)\n",
    )
    assert main(["conformance", str(tmp_path / "nothing.jsonl")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_an_empty_file_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", file(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed, 0 unsupported"
