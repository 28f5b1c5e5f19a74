"""The checkout itself: locks that name no index, floors that exist, files and functions of fair length."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tollbook"
FILE_LINES = 300
FUNCTION_LINES = 60
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    """Requirement names, as registries normalise them, and their exact versions."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(path.read_text())}


def python_files() -> list[Path]:
    """The program's files; tests are tables and may be as long as their cases."""
    return sorted(path for path in SOURCE.rglob("*.py") if not {"migrations", "tests"} & set(path.parts))


@pytest.mark.parametrize("name", ["runtime", "dev"])
class TestLock:
    def test_names_no_index(self, name: str) -> None:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert re.findall(r"\w+://|--(?:extra-)?index-url|--find-links|--trusted-host|\bfile:/", text) == []

    def test_every_requirement_is_pinned_and_hashed(self, name: str) -> None:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        entries = [part for part in re.split(r"^(?=\w)", text, flags=re.MULTILINE) if re.match(r"\w", part)]
        assert len(entries) == len(pins(ROOT / "requirements" / f"{name}.txt")) > 0
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []

    def test_holds_what_was_asked_for(self, name: str) -> None:
        asked = pins(ROOT / "requirements" / f"{name}.in")
        locked = pins(ROOT / "requirements" / f"{name}.txt")
        assert {key: locked.get(key) for key in asked} == asked


def test_locks_agree() -> None:
    runtime, dev = (pins(ROOT / "requirements" / f"{name}.txt") for name in ("runtime", "dev"))
    assert {key: dev[key] for key in dev.keys() & runtime.keys()} == {
        key: runtime[key] for key in dev.keys() & runtime.keys()
    }


def test_floors_in_parentheses_are_those_not_built_yet() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (floors,) = [contract for contract in contracts if contract["id"] == "floors"]
    named = [floor.strip() for layer in floors["layers"] for floor in layer.split("|")]
    built = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert {name for name in named if not name.startswith("(")} == built


def test_makefile_only_calls_scripts() -> None:
    recipes = [line.strip() for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t")]
    assert recipes == [f"scripts/{name} $(ARGS)" for name in ("install", "run", "test")]


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in python_files()}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}
