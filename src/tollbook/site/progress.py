"""Progress bars for long work on the command line; silent where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

#: Called with how much is done so far.
Tick = Callable[[int], None]


@contextmanager
def bars() -> Iterator[Callable[..., Tick]]:
    """A factory of progress bars: `tick = bar("Charging", total=68)`, then `tick(done)`. They go to standard
    error.
    """
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def bar(title: str, total: int) -> Tick:
            task = progress.add_task(title, total=total)
            return lambda done: progress.update(task, completed=done)

        yield bar


def steps(bar: Callable[..., Tick], verb: str) -> Callable[[str, int, int], None]:
    """A listener for work that reports (step, done, of): a bar for each step, made when the step begins."""
    ticks: dict[str, Tick] = {}

    def hear(step: str, done: int, of: int) -> None:
        if step not in ticks:
            ticks[step] = bar(f"{verb} {step}", total=of)
        ticks[step](done)

    return hear
