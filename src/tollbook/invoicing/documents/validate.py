"""The business rules of EN 16931, checked offline: the official Schematron, run in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tollbook.kernel.errors import Refused, Retryable

START_S = 20
EACH_S = 3
MOST_FILES = 500
UNREADABLE = 2
"""Exit status of the child for a file that cannot be checked."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A broken rule: its id ("BR-CO-15"), how grave ("fatal", "warning", or empty), and what it demands."""

    rule: str
    flag: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules said about one document. None fired means that nothing was checked."""

    rules_fired: int
    failures: tuple[Failure, ...]

    @property
    def valid(self) -> bool:
        """Whether rules were checked and none is broken."""
        return self.rules_fired > 0 and not self.failures


def validate(xmls: Sequence[bytes], *, timeout_s: float | None = None) -> list[Report]:
    """One report for each of `xmls` (CII or UBL), in order, from one child process.

    At most MOST_FILES at once (Refused 'too_many_files'). A document that is not XML, or no invoice, raises
    Refused 'not_an_invoice'. Retryable 'validator_timeout' after `timeout_s` (default: START_S + EACH_S for
    each document), and 'validator_failed' when the child dies of itself.
    """
    if len(xmls) > MOST_FILES:
        raise Refused("too_many_files", f"{len(xmls)} documents: give at most {MOST_FILES}", param="xmls")
    if not xmls:
        return []
    limit = START_S + EACH_S * len(xmls) if timeout_s is None else timeout_s
    with tempfile.TemporaryDirectory(prefix="tollbook-validate-") as folder:
        paths = [Path(folder) / f"{place}.xml" for place in range(len(xmls))]
        for path, xml in zip(paths, xmls, strict=True):
            path.write_bytes(xml)
        output = _run([str(path) for path in paths], limit)
    reports = [_report(text) for text in output.splitlines()]
    if len(reports) != len(xmls):
        raise Retryable("validator_failed", f"{len(reports)} reports for {len(xmls)} documents", after_s=60)
    return reports


def _run(paths: list[str], limit: float) -> str:
    command = [sys.executable, "-m", "tollbook.invoicing.documents.validate_main", *paths]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired as error:
        message = f"{len(paths)} documents were not checked within {limit:g} s"
        raise Retryable("validator_timeout", message, after_s=60) from error
    if done.returncode == UNREADABLE:
        raise Refused("not_an_invoice", done.stderr.strip().splitlines()[-1])
    if done.returncode not in (0, 1):
        message = f"the validator ended with {done.returncode}: {done.stderr[-500:]}"
        raise Retryable("validator_failed", message, after_s=60)
    return done.stdout


def _report(text: str) -> Report:
    data = json.loads(text)
    failures = tuple(Failure(*found) for found in data["failures"])
    return Report(rules_fired=data["rules_fired"], failures=failures)
