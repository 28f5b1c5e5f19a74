"""What every connector must do, as one suite that each connector's tests run, against the console or a real peer.

from tollbook.provisioning.conformance import Case, check_all

def test_conformance():
    check_all(Case(lambda: MyConnector(settings), spec, other_spec))
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tollbook.kernel.errors import NotFound, Refused
from tollbook.provisioning.connectors.base import Condition, Connector, Done, Observed, Outcome, Pending, Ref, Spec


@dataclass(frozen=True)
class Case:
    """A connector to try: how to make it, a thing that it can make, and another form of that thing."""

    make: Callable[[], Connector]
    spec: Spec
    changed: Spec
    # How long a Pending may take in all, and the longest pause between two questions.
    patience_s: float = 60.0
    pause_s: float = 0.0
    keys: str = field(default_factory=lambda: uuid.uuid4().hex)

    def key(self, name: str) -> str:
        """A key that no other run of the suite uses."""
        return f"{self.keys}-{name}"


def check_all(case: Case) -> list[str]:
    """Run every check; AssertionError names the first that fails. Returns the names of the checks that ran."""
    ran = []
    for check in CHECKS:
        check(replace(case, keys=uuid.uuid4().hex))
        ran.append(check.__name__)
    return ran


def settle(case: Case, connector: Connector, outcome: Outcome) -> Observed:
    """What is observed once the work is done; AssertionError when that takes too long."""
    deadline = time.monotonic() + case.patience_s
    observed = connector.observe(outcome.ref)
    while observed.condition is Condition.WORKING:
        _need(time.monotonic() < deadline, f"{outcome.ref.text} is still at work after {case.patience_s} s")
        time.sleep(case.pause_s)
        observed = connector.observe(outcome.ref)
    return observed


def _need(held: bool, what: str) -> None:
    if not held:
        raise AssertionError(what)


def provisions(case: Case) -> None:
    """What was made is active and as specified."""
    connector = case.make()
    outcome = connector.provision(case.spec, case.key("one"))
    _need(isinstance(outcome, Done | Pending), f"provision gave {outcome!r}, not an Outcome")
    observed = settle(case, connector, outcome)
    _need(observed.condition is Condition.ACTIVE, f"provisioned, it is {observed.condition}, not active")
    _need(observed.spec == case.spec, f"provisioned {case.spec}, observed {observed.spec}")


def provisions_once_per_key(case: Case) -> None:
    """The same key makes one thing; another key makes another; the same key for another thing is refused."""
    connector = case.make()
    first = connector.provision(case.spec, case.key("one"))
    again = connector.provision(case.spec, case.key("one"))
    other = connector.provision(case.spec, case.key("two"))
    _need(first.ref == again.ref, f"one key made two things: {first.ref.text}, {again.ref.text}")
    _need(first.ref != other.ref, f"two keys made one thing: {first.ref.text}")
    _refused(lambda: connector.provision(case.changed, case.key("one")), "a key was used for two things")


def changes(case: Case) -> None:
    """A change is observed, once per key, under the same ref."""
    connector = case.make()
    ref = connector.provision(case.spec, case.key("one")).ref
    settle(case, connector, Done(ref))
    for _ in range(2):
        outcome = connector.change(ref, case.changed, case.key("change"))
        _need(outcome.ref == ref, f"a change gave another ref: {outcome.ref.text}")
        observed = settle(case, connector, outcome)
        _need(observed.spec == case.changed, f"changed to {case.changed}, observed {observed.spec}")


def suspends_and_resumes(case: Case) -> None:
    """Suspended, resumed, each twice: the second time is harmless, and the thing keeps what it is."""
    connector = case.make()
    ref = connector.provision(case.spec, case.key("one")).ref
    settle(case, connector, Done(ref))
    for act, expected in ((connector.suspend, Condition.SUSPENDED), (connector.resume, Condition.ACTIVE)):
        for _ in range(2):
            observed = settle(case, connector, act(ref))
            _need(observed.condition is expected, f"{act.__name__}: it is {observed.condition}, not {expected}")
            _need(observed.spec == case.spec, f"{act.__name__} changed it to {observed.spec}")


def terminates(case: Case) -> None:
    """Terminated, twice: it is gone, and nothing brings it back."""
    connector = case.make()
    ref = connector.provision(case.spec, case.key("one")).ref
    settle(case, connector, Done(ref))
    for _ in range(2):
        observed = settle(case, connector, connector.terminate(ref))
        _need(observed == Observed(Condition.GONE, None, observed.used, observed.detail), f"terminated: {observed}")
    _refused(lambda: connector.resume(ref), "what is gone was resumed")
    _refused(lambda: connector.change(ref, case.changed, case.key("late")), "what is gone was changed")


def knows_nothing_of_strangers(case: Case) -> None:
    """A ref that it never gave is NotFound, for every method."""
    connector, ref = case.make(), Ref(f"none-{case.keys}")
    acts: list[Callable[[], object]] = [
        lambda: connector.observe(ref),
        lambda: connector.suspend(ref),
        lambda: connector.resume(ref),
        lambda: connector.terminate(ref),
        lambda: connector.change(ref, case.spec, case.key("none")),
    ]
    for act in acts:
        _refused(act, "a thing that never was is known", NotFound)


def observing_changes_nothing(case: Case) -> None:
    """Asked twice, it says the same."""
    connector = case.make()
    ref = connector.provision(case.spec, case.key("one")).ref
    first = settle(case, connector, Done(ref))
    second = connector.observe(ref)
    _need((first.condition, first.spec) == (second.condition, second.spec), f"{first} then {second}")


def _refused(act: Callable[[], object], what: str, kind: type[Exception] = Refused) -> None:
    try:
        act()
    except kind:
        return
    except NotFound:
        # A system may forget what is gone.
        return
    raise AssertionError(what)


CHECKS: tuple[Callable[[Case], None], ...] = (
    provisions,
    provisions_once_per_key,
    changes,
    suspends_and_resumes,
    terminates,
    knows_nothing_of_strangers,
    observing_changes_nothing,
)
