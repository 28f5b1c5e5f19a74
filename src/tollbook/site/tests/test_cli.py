"""The command line, as a person meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tollbook.site.cli import COMMANDS, main, parser


def tollbook(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tollbook", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "TOLLBOOK_NO_DATABASE": "1"},
        check=False,
    )


def test_help_names_every_command() -> None:
    told = parser().format_help()
    for name in COMMANDS:
        assert name.rstrip("_").replace("_", "-") in told


@pytest.mark.parametrize(
    "command", ["demo", "serve", "import focus", "explain", "check-books", "bench", "clock advance"]
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: tollbook" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["demo", "--markup", "1e999"], "markup '1e999': "),
        (["demo", "--markup", "nan"], "markup 'nan': "),
        (["demo", "--markup", "-5"], "markup '-5': "),
        (["demo", "--markup", "1001"], "markup: 1001 is more than 1000 percent"),
        (["import", "focus", "nowhere.csv", "--markup", "x"], "markup 'x': "),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"tollbook: {told}") and error.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["bill"], ["bench", "nothing"], ["clock"]])
def test_unknown_commands_exit_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_python_m_tollbook_is_the_program(tmp_path: Path) -> None:
    shown = tollbook("--help")
    assert shown.returncode == 0 and "check-books" in shown.stdout
    wrong = tollbook("demo", "--markup", "two")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("tollbook: markup 'two': ") and wrong.stderr.count("\n") == 1


@pytest.mark.django_db
def test_the_first_administrator_is_made_at_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tollbook.identity.models import AuditEntry, User
    from tollbook.site import boot

    monkeypatch.setattr(boot, "setup", lambda **_: None)
    assert main(["staff", "ada@harbour.example", "--name", "Ada", "--role", "administrator"]) == 0
    assert "ada@harbour.example is administrator: made" in capsys.readouterr().out
    assert main(["staff", "ada@harbour.example", "--role", "viewer"]) == 2
    assert "the last administrator" in capsys.readouterr().err
    assert main(["staff", "bo@harbour.example", "--name", "Bo", "--role", "king"]) == 2
    assert "give one of none, viewer" in capsys.readouterr().err
    assert list(User.objects.values_list("email", "staff_role")) == [("ada@harbour.example", "administrator")]
    assert AuditEntry.objects.get().door == "cli"
