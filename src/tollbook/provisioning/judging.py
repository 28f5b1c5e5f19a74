"""What an observation means for an operation; pure."""

from dataclasses import dataclass

from tollbook.provisioning.connectors.base import Condition, Observed, Spec
from tollbook.provisioning.rules import Verb


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an observation means for an operation: `event` of `OPERATION`, or "people"; and in words."""

    event: str
    detail: str = ""


_WANTED = {
    Verb.PROVISION: (Condition.ACTIVE, Condition.SUSPENDED),
    Verb.SUSPEND: (Condition.SUSPENDED,),
    Verb.RESUME: (Condition.ACTIVE,),
    Verb.TERMINATE: (Condition.GONE,),
}


def judge(verb: Verb, observed: Observed, spec: Spec | None) -> Verdict:
    """What became of an operation whose outcome nobody knew, now that the thing was observed.

    "done": it is as asked. "work": the other system is at it. "wait": it was not done, and can be sent again. "people":
    it is what no operation of ours can lead to.
    """
    condition = observed.condition
    if condition is Condition.WORKING:
        return Verdict("work", observed.detail)
    if condition in _WANTED.get(verb, ()):
        return Verdict("done", observed.detail)
    if condition is Condition.GONE or (condition is Condition.FAILED and verb is not Verb.TERMINATE):
        return Verdict("people", f"It is {condition}, found when asked. {observed.detail}".strip())
    if verb is Verb.CHANGE:
        return Verdict("done" if observed.spec == spec else "wait", observed.detail)
    return Verdict("wait", f"It is {condition} still. {observed.detail}".strip())
