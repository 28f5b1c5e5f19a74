"""What docs/deployment.md and deploy/ name exists: options, variables, numbers, units."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tollbook.base.watching import metrics
from tollbook.site.cli import parser

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "deployment.md").read_text()
UNITS = sorted((ROOT / "deploy").glob("tollbook-*"))
PROGRAM = "/opt/tollbook/.venv/bin/tollbook"
VARIABLE = re.compile(r"\b(?:TOLLBOOK_[A-Z_]+|OTEL_[A-Z_]+|SENTRY_DSN|DATABASE_URL)\b")
# Between our own processes, of tests and benches: not for who runs an installation.
INSIDE = {
    "TOLLBOOK_DRAINING_FILE", "TOLLBOOK_STOP_S", "TOLLBOOK_TEST_DB", "TOLLBOOK_NO_DATABASE",
}  # fmt: skip


def read_by_the_program() -> set[str]:
    """Every variable that the program's code names."""
    files = [path for path in (ROOT / "src").rglob("*.py") if "tests" not in path.parts]
    quoted = re.compile(rf'"({VARIABLE.pattern})"')
    return {name for path in files for name in quoted.findall(path.read_text())}


def table() -> set[str]:
    """The variables in the guide's table."""
    rows = [line.split("|")[1] for line in GUIDE.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in VARIABLE.findall(row)}


def test_the_guide_names_every_variable_and_no_other() -> None:
    assert table() == (read_by_the_program() | {"OTEL_SERVICE_NAME"}) - INSIDE


def test_the_example_of_the_environment_names_known_variables() -> None:
    text = (ROOT / "deploy" / "tollbook.env.example").read_text()
    given = [line.partition("=")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert given and set(given) <= table() and len(set(given)) == len(given)


def commands() -> list[str]:
    """Every command line of ours in the guide, the units and the container file."""
    found = re.findall(rf"{PROGRAM} ([^\"'\n|]+)", "\n".join(path.read_text() for path in UNITS))
    found += re.findall(r"(?:^|[` ])tollbook ((?:serve|backup|restore|doctor|manage)[^`\n|.;:,)]*)", GUIDE)
    (given,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "deploy" / "Containerfile").read_text(), re.MULTILINE)
    return [*found, shlex.join(json.loads(given))]


def test_every_command_line_is_one() -> None:
    lines = commands()
    assert len(lines) > 12
    for line in lines:
        words = shlex.split(line)
        if words[0] == "manage":
            assert words[1] in {"migrate", "collectstatic", "check"}, line
        else:
            needs_file = words[0] in {"backup", "restore"} and len(words) == 1
            parser().parse_args([*words, "file"] if needs_file else words)


def test_the_guide_names_every_number_and_no_other() -> None:
    counted = {"tollbook_requests", "tollbook_jobs", "tollbook_wallet_refusals"}
    known = {f"{name}_total" for name in counted} | {"tollbook_request_seconds", "tollbook_job_seconds"}
    known |= {"tollbook_database_up"} | {measure.name for measure in metrics.measures()}
    rows = "\n".join(line.split("|")[1] for line in GUIDE.splitlines() if line.startswith("| `tollbook_"))
    assert set(re.findall(r"`(tollbook_\w+)`", rows)) == known


def test_units_run_as_nobody_and_keep_to_their_folder() -> None:
    services = [path for path in UNITS if path.suffix == ".service"]
    assert len(services) == 4
    for path in services:
        lines = path.read_text().splitlines()
        for wanted in (
            "User=tollbook",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "CapabilityBoundingSet=",
            "UMask=0077",
        ):
            assert wanted in lines, (path.name, wanted)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        # The program is not installed there on this machine.
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true"))
    told = subprocess.run(
        [str(shutil.which("systemd-analyze")), "verify", *(str(tmp_path / path.name) for path in UNITS)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    ours = [line for line in told.stderr.splitlines() if "tollbook" in line]
    assert ours == [] and told.returncode == 0, told.stderr


def test_nothing_that_is_an_example_looks_like_a_secret() -> None:
    text = (ROOT / "deploy" / "tollbook.env.example").read_text()
    for line in text.splitlines():
        if re.match(r"\w*(KEY|TOKEN)=", line):
            assert line.endswith("=CHANGE-ME")
