"""One case of our own for each kind, worked out by an independent reading of each engine's rule."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tollbook.site.conformance import adapters
from tollbook.site.conformance.cases import Case, read
from tollbook.site.conformance.kinds import needs_database
from tollbook.site.conformance.running import Status, run_case

OWN = read(Path(__file__).with_name("own.jsonl"))
ADAPTERS = sorted(Path(adapters.__path__[0]).rglob("*.py"))
PURE = [pytest.param(case, id=case.id) for case in OWN if not needs_database(case.kind)]
STORED = [pytest.param(case, id=case.id) for case in OWN if needs_database(case.kind)]


@pytest.mark.parametrize("case", PURE)
def test_a_case_passes(case: Case) -> None:
    result = run_case(case)
    assert (result.status, result.reason) == (Status.PASSED, "")


@pytest.mark.django_db
@pytest.mark.parametrize("case", STORED)
def test_a_case_that_moves_real_rows_passes(case: Case) -> None:
    result = run_case(case)
    assert (result.status, result.reason) == (Status.PASSED, "")


@pytest.mark.parametrize("case", PURE)
def test_another_expectation_fails_and_says_what_was_answered(case: Case) -> None:
    name = sorted(case.expected)[0]
    result = run_case(replace(case, expected={**case.expected, name: "something else"}))
    assert result.status is Status.FAILED
    assert result.reason.startswith(f"{name} is ") and result.reason.endswith(", not something else")


@pytest.mark.parametrize("case", PURE)
def test_an_unknown_field_may_change_the_answer_so_there_is_none(case: Case) -> None:
    result = run_case(replace(case, input={**case.input, "leap_rule": "julian"}))
    assert (result.status, result.reason) == (
        Status.UNSUPPORTED,
        "input.leap_rule: no such field is known for this kind",
    )


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda path: path.stem)
def test_an_adapter_never_calculates(path: Path) -> None:
    """It may repeat a value to make a list and place steps in time; sums, products and rounding are the product's."""
    assert [what for node in ast.walk(ast.parse(path.read_text())) if (what := _calculation(node))] == []


_FORBIDDEN = {"sum", "abs", "divmod", "pow", "add_up", "min", "quantize"}


def _calculation(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        name: Any = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        return name if name in _FORBIDDEN else ""
    if isinstance(node, ast.BinOp):
        repeats = isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List | ast.Tuple)
        # Moments of a sequence: the case counts seconds from its beginning.
        moves = isinstance(node.op, ast.Add) and isinstance(node.left, ast.Name) and node.left.id in {"START", "at"}
        is_type = isinstance(node.op, ast.BitOr)
        return "" if repeats or moves or is_type else ast.unparse(node)
    return ""
