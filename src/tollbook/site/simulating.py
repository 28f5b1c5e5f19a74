"""A simulation in several processes: each replays a part of the customers, and what they count is added up."""

import csv
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from django.db import connection

from tollbook.base.bulk import Part
from tollbook.kernel.period import Period
from tollbook.simulation.actions import ask, finish, store
from tollbook.simulation.alternatives import Alternative
from tollbook.simulation.replay import replay
from tollbook.simulation.rules import COLUMNS, Compared, Totals, row_data, summed, together
from tollbook.web.tables import plain_cell

PAUSE_S = 0.2
_done: "Synchronized[int] | None" = None


@dataclass(frozen=True, slots=True)
class Found:
    """The totals by currency as JSON-able data, and the public id of what was kept, if it was."""

    totals: list[dict[str, Any]]
    kept: str | None = None


def simulate(
    alternative: Alternative,
    window: Period,
    processes: int,
    *,
    csv_file: Path | None = None,
    keep: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Found:
    """Replay the window under other prices in so many processes; `progress` hears how many customers are done.

    `csv_file` gets a row for each customer; `keep` stores the result. Raises what `replay` and `ask` raise. Must not be
    called inside a transaction.
    """
    parts = [Part(n, processes) for n in range(processes)]
    kept = ask(alternative, window, door="cli", queue=False) if keep else None
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{part.number}.csv" if csv_file else None for part in parts]
        jobs = [(alternative, window, part, file, kept and kept.pk) for part, file in zip(parts, files, strict=True)]
        totals = together(_in_processes(processes, _count, jobs, progress))
        if csv_file:
            _join([file for file in files if file], csv_file)
    if kept is None:
        return Found([each.data() for each in totals.values()])
    return Found(finish(kept.pk).totals, kept.public_id)


def _in_processes(
    processes: int, call: Callable[..., Any], jobs: Iterable[tuple[Any, ...]], progress: Callable[[int], None] | None
) -> list[Any]:
    """What `call` returns for each job, in processes that share a counter; the first error is raised."""
    # A connection cannot be shared with a process that is forked from this one.
    connection.close()
    context = get_context("fork")
    counter = context.Value("q", 0)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(counter,)) as pool:
        futures: list[Future[Any]] = [pool.submit(call, *job) for job in jobs]
        while progress and not all(future.done() for future in futures):
            progress(counter.value)
            time.sleep(PAUSE_S)
        found = [future.result() for future in futures]
    if progress:
        progress(counter.value)
    return found


def _begin(counter: "Synchronized[int]") -> None:
    global _done  # how a process of a pool gets what cannot be pickled
    _done = counter
    connection.close()


def _tell(count: int) -> None:
    if _done is not None:
        with _done.get_lock():
            _done.value += count


def _count(
    alternative: Alternative, window: Period, part: Part, file: Path | None, kept: int | None
) -> dict[str, Totals]:
    """Count a part; store it as well where the simulation is `kept`."""

    def rows() -> Iterator[Compared]:
        for looked_at, found in replay(alternative, window, part):
            if kept is not None:
                store(kept, found)
            _tell(looked_at)
            yield from (each.row for each in found)

    return summed(_written(rows(), file) if file else rows())


def _written(rows: Iterable[Compared], file: Path) -> Iterator[Compared]:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        for row in rows:
            writer.writerow([_cell(key, value) for key, value in row_data(row).items()])
            yield row


def _cell(key: str, value: str | None) -> str:
    """Names are people's words: what a spreadsheet would run is neutralised."""
    return plain_cell(value) if key == "name" else value or ""


def _join(files: Iterable[Path], target: Path) -> None:
    with target.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerow(COLUMNS)
        for file in files:
            with file.open(newline="", encoding="utf-8") as part:
                shutil.copyfileobj(part, opened)
