"""Cases that move real rows leave none behind."""

import pytest

from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.site.conformance.cases import Case
from tollbook.site.conformance.running import Status, run_case

pytestmark = pytest.mark.django_db


def test_nothing_is_left_of_a_case() -> None:
    moves = {"transfers": [["a", "b", "5"], ["b", "b", "2"], ["a", "c", "0"]]}
    told = run_case(Case(1, "x", "ledger.transfers", moves, {"sum": "0", "balances": {"a": "-5", "b": "5", "c": "0"}}))
    assert (told.status, told.reason) == (Status.PASSED, "")
    assert [Brand.objects.count(), Customer.objects.count()] == [0, 0]


@pytest.mark.parametrize(
    ("steps", "results"),
    [
        ([{"do": "hold", "id": "a", "amount": "5"}, {"do": "capture", "id": "a"}, {"do": "capture", "id": "a"}],
         "ok ok refused"),
        ([{"do": "hold", "id": "a", "amount": "5"}, {"do": "capture", "id": "a", "amount": "0"}, {"do": "void", "id": "a"}],
         "ok ok refused"),
        ([{"do": "hold", "id": "a", "amount": "13"}, {"do": "topup", "amount": "1"},
          {"do": "hold", "id": "a", "amount": "13", "ttl": 3, "t": 5}, {"do": "void", "id": "a", "t": 8}],
         "refused ok ok refused"),
        ([{"do": "hold", "id": "a", "amount": "99", "key": "k"}, {"do": "topup", "amount": "1", "key": "k"},
          {"do": "void", "id": "a", "key": "k"}], "refused ok replay"),
        ([{"do": "void", "id": "nobody"}], "refused"),
    ],
)  # fmt: skip
def test_holds_step_by_step(steps: list[dict[str, object]], results: str) -> None:
    told = run_case(
        Case(1, "x", "hold.sequence", {"opening": "10", "credit_limit": "2", "steps": steps}, {"trace": []})
    )
    assert told.answer is not None
    assert " ".join(step["result"] for step in told.answer["trace"]) == results


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"opening": "1", "steps": [{"do": "hold", "id": "a", "amount": "0"}]}, "refused (amount_not_positive)"),
        ({"opening": "1", "steps": [{"do": "hold", "id": "a"}]}, "input.steps[1].amount None: this step needs one"),
        (
            {"opening": "1", "steps": [{"do": "hold", "id": "a", "amount": "0.00000000001"}]},
            "refused (too_many_digits)",
        ),
        ({"opening": "1", "credit_limit": "-1", "steps": []}, "input.credit_limit '-1': give zero or more"),
        (
            {"opening": "9" * 18, "steps": [{"do": "topup", "amount": "1"}]},
            "the database cannot hold it: numeric field",
        ),
    ],
)
def test_steps_that_tollbook_does_not_have(given: dict[str, object], reason: str) -> None:
    told = run_case(Case(1, "x", "hold.sequence", given, {"trace": []}))
    assert told.status is Status.UNSUPPORTED
    assert told.reason.startswith(reason)
