"""`tollbook simulate` and `tollbook re-rate` as a person runs them."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tollbook.charging import rows
from tollbook.charging.models import Charge
from tollbook.charging.tests.test_corrections import wrong
from tollbook.simulation.models import Outcome, Simulation
from tollbook.simulation.rules import COLUMNS
from tollbook.site.cli import main
from tollbook.site.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(world: World, capsys: pytest.CaptureFixture[str]) -> Any:
    """Five customers who paid 31 in May, and version 2 that asks for 40; `told(...)`: what the command prints."""
    world.plan("cloud", world.monthly("31"))
    for name in ("acme", "birch", "cedar", "dune", "=elm"):
        world.customer(name).buys("cloud")
    world.on("2026-06-01").close()
    world.plan("cloud", world.monthly("40"), valid_from="2026-06-01")

    def run(*arguments: str) -> str:
        code = main(arguments)
        found = capsys.readouterr()
        return found.out if code == 0 else f"{code} {found.err.splitlines()[-1]}"

    return run


def test_several_processes_count_store_and_export_each_customer_once(told: Any, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    asked = ("simulate", "--plan", "cloud", "--version", "2", "--period", "2026-05", "--processes", "3")
    found = json.loads(told(*asked, "--json", "--keep", "--csv", str(file)))
    (totals,) = found["totals"]
    assert {key: totals[key] for key in ("customers", "old_net", "new_net", "old_total", "losers")} == {
        "customers": 5, "old_net": "155", "new_net": "200", "old_total": "190.65", "losers": 5,
    }  # fmt: skip
    assert (Simulation.objects.get().public_id, Outcome.objects.count()) == (found["simulation"], 5)
    heading, *lines = csv.reader(file.open())
    assert tuple(heading) == COLUMNS
    assert sorted(line[1] for line in lines) == ["'=Elm", "Acme", "Birch", "Cedar", "Dune"]
    text = told(*asked)
    assert text.startswith("Plan cloud under version 2, 2026-05-01 to 2026-05-31\n")
    assert "Revenue    155 -> 200 EUR: 45 (29.03 % of what the plan brought)" in text
    assert Simulation.objects.count() == 1


def test_a_draft_from_a_file_and_what_is_wrong(told: Any, tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    price = {"code": "fee", "kind": "recurring", "terms": {"model": "flat", "amount": "10"}}
    file.write_text(json.dumps({"currency": "EUR", "prices": [price]}))
    assert "155 -> 50 EUR: -105" in told("simulate", "--plan", "cloud", "--terms", str(file))
    file.write_text("{")
    assert told("simulate", "--plan", "cloud", "--terms", str(file)).startswith(f"2 tollbook: terms {file}: ")
    asked = ("simulate", "--plan", "cloud", "--version")
    assert told(*asked, "9") == "2 tollbook: version 9: cloud has versions 1 to 2"
    assert told(*asked, "2", "--period", "2026-13") == "2 tollbook: period '2026-13': give a month as 2026-05"
    assert "has not come yet" in told(*asked, "2", "--period", "2026-06")
    assert told("simulate", "--plan", "fog", "--version", "1") == (
        "2 tollbook: plan: there is no plan 'fog'; give its id or its code"
    )


def test_re_rate_shows_and_then_charges_the_differences(
    told: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(rows, "owe", wrong)
        late = world.customer("late").buys("cloud", "2026-05-01", key="old")
        world.charge()
    asked = ("re-rate", "--all", "--since", "2026-05-01")
    shown = told(*asked, "--preview")
    assert "62 -> 31 EUR (-31)" in shown and "Would be corrected: 1, together -31 EUR" in shown
    made = Charge.objects.count()
    assert told(*asked) == "Charges made: 1\n"
    assert json.loads(told(*asked, "--json"))["charges"] == 0
    assert Charge.objects.count() == made + 1
    assert told("re-rate", "--customer", late.row.public_id, "--since", "2026-05-01") == "Charges made: 0\n"
    assert told("re-rate", "--all", "--since", "May") == "2 tollbook: since 'May': give a day as 2026-05-01"
