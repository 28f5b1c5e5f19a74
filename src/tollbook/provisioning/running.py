"""Calling connectors: outside every transaction, between an intent that is committed and an answer that is recorded."""

import logging
from datetime import datetime

from tollbook.base.tasks import outbound
from tollbook.kernel.errors import NotFound, Permanent, Refused, Retryable, TollbookError
from tollbook.provisioning import connections, outcomes, queries
from tollbook.provisioning.connectors.base import Connector, Outcome, Pending, Ref
from tollbook.provisioning.judging import judge
from tollbook.provisioning.outcomes import Claimed, Told
from tollbook.provisioning.rules import Verb

LOG = logging.getLogger(__name__)
BATCH = 200
#: How many operations of one service a worker does in a row before others have their turn.
IN_A_ROW = 8


@outbound
def run(public_id: str) -> None:
    """Call the connector about an operation whose turn has come, if nobody else does, and record what came of it; then
    about what stands behind it.

    What an earlier call may have done is asked about, never repeated blindly: where there is nothing to ask about yet,
    a provision is sent again under its own key, by which the connector knows it.
    """
    for _ in range(IN_A_ROW):
        call = outcomes.claim(public_id)
        if call is None:
            return
        operation = outcomes.note(call, _told(call))
        following = queries.next_of(operation)
        if following is None:
            return
        public_id = following


def _told(call: Claimed) -> Told:
    try:
        connector = connections.made(queries.connection(call.connection))
    except (Refused, NotFound, Permanent) as error:
        # Nothing was called.
        return Told("people", error.message)
    try:
        return _observe(connector, call) if call.asks else _act(connector, call)
    except TollbookError as error:
        return _refused(call, error)
    except Exception as error:
        # Whatever broke, it may have broken after the other system acted.
        LOG.exception("operation %s: the connector gave no answer", call.operation)
        return Told("lose", f"No answer: {type(error).__name__}")


def _refused(call: Claimed, error: TollbookError) -> Told:
    if isinstance(error, Retryable):
        return Told("lose" if call.asks else "wait", error.message, wait_s=error.after_s)
    if isinstance(error, NotFound) and call.asks and call.verb is Verb.TERMINATE:
        # A system may forget what it ended.
        return Told("done", error.message)
    return Told("people", error.message)


def _act(connector: Connector, call: Claimed) -> Told:
    outcome = _sent(connector, call)
    if isinstance(outcome, Pending):
        return Told("work", ref=outcome.ref.text, wait_s=int(outcome.check_after.total_seconds()))
    return Told("done", ref=outcome.ref.text, secrets=outcome.secrets)


def _sent(connector: Connector, call: Claimed) -> Outcome:
    if call.verb is Verb.PROVISION and call.spec is not None:
        return connector.provision(call.spec, call.operation)
    ref = Ref(call.ref)
    if call.verb is Verb.CHANGE and call.spec is not None:
        return connector.change(ref, call.spec, call.operation)
    acts = {Verb.SUSPEND: connector.suspend, Verb.RESUME: connector.resume, Verb.TERMINATE: connector.terminate}
    return acts[call.verb](ref)


def _observe(connector: Connector, call: Claimed) -> Told:
    verdict = judge(call.verb, connector.observe(Ref(call.ref)), call.spec)
    return Told(verdict.event, verdict.detail)


def run_due(at: datetime) -> int:
    """Do every operation whose turn has come at `at`; how many there were."""
    found = queries.due(at, BATCH)
    for public_id in found:
        run(public_id)
    return len(found)
