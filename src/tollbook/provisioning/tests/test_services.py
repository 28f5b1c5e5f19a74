"""Services over time: what is asked of the other system, what becomes of it, and what people do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tollbook.base import clock
from tollbook.kernel.errors import NotFound, Refused
from tollbook.provisioning import actions, by_hand, connections, outcomes, queries, running
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.models import Call, Operation, Service, Stop
from tollbook.provisioning.rules import Progress, Reason, State
from tollbook.provisioning.tests.conftest import SPEC, Host
from tollbook.subscriptions import actions as agreements

Make = Callable[..., Host]
ADA = {"actor": "ada", "door": "staff"}


def code(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def test_a_service_is_made(host: Make) -> None:
    acme = host().orders()
    assert (acme.told, acme.state) == (["provision waiting"], ("pending", "active"))
    acme.works()
    assert (acme.told, acme.state, acme.there) == (["provision done"], ("active", "active"), "active")
    assert acme.service.spec == SPEC
    again = actions.provide(acme.subscription, key="server", at=clock.now())
    assert (again.pk, acme.told) == (acme.service.pk, ["provision done"])


def test_the_intent_is_there_before_the_call(host: Make) -> None:
    acme = host().weather(silent=True).orders()
    claimed = outcomes.claim(acme.last.public_id)
    assert claimed is not None and (claimed.asks, claimed.ref, claimed.number) == (False, "", 1)
    assert (acme.last.progress, acme.last.calls) == (Progress.SENT, 1)
    # Whoever comes second has nothing to call.
    assert outcomes.claim(acme.last.public_id) is None


def test_stopped_for_two_reasons_it_runs_again_only_when_none_is_left(host: Make) -> None:
    acme = host().orders().works().stops(Reason.DUNNING).stops(Reason.CUSTOMER).works()
    assert (acme.state, acme.there) == (("suspended", "suspended"), "suspended")
    assert acme.told == ["provision done", "suspend done"]
    acme.lifts(Reason.DUNNING).works()
    assert (acme.state, acme.there) == (("suspended", "suspended"), "suspended")
    acme.lifts(Reason.CUSTOMER).works()
    assert (acme.state, acme.there) == (("active", "active"), "active")
    assert acme.told == ["provision done", "suspend done", "resume done"]


def test_paying_does_not_resume_what_the_customer_stopped(host: Make) -> None:
    acme = host().orders().works().stops(Reason.CUSTOMER).works().lifts(Reason.DUNNING).works()
    assert (acme.state, acme.told) == (("suspended", "suspended"), ["provision done", "suspend done"])


def test_again_is_nothing_new(host: Make) -> None:
    acme = host().orders().works()
    for _ in range(3):
        acme.stops(Reason.DUNNING)
    acme.works()
    assert Stop.objects.count() == 1
    for _ in range(3):
        acme.lifts(Reason.DUNNING)
    acme.works()
    for _ in range(3):
        acme.ends()
    acme.works()
    assert acme.told == ["provision done", "suspend done", "resume done", "terminate done"]
    assert (acme.state, acme.gone()) == (("terminated", "ended"), True)
    # What is over stays over.
    acme.stops().lifts().works()
    assert (acme.told[3:], acme.state) == (["terminate done"], ("terminated", "ended"))


def test_a_stop_that_was_not_sent_gives_way(host: Make) -> None:
    acme = host().orders().works().stops().lifts()
    assert (acme.told, acme.state) == (["provision done", "suspend cancelled"], ("active", "active"))
    assert Call.objects.count() == 1


def test_stopped_before_it_is_made(host: Make) -> None:
    acme = host().weather(slow=True).orders().stops()
    assert acme.told == ["provision waiting", "suspend waiting"]
    acme.works()
    assert acme.told == ["provision working", "suspend waiting"]
    acme.waits(minutes=2)
    assert (acme.told, acme.state) == (["provision done", "suspend done"], ("suspended", "suspended"))


def test_ended_before_it_is_made_nothing_is_made(host: Make) -> None:
    acme = host().orders().ends()
    assert (acme.told, acme.state) == (["provision cancelled"], ("terminated", "ended"))
    assert not acme.works().service.ref


def test_ended_while_it_is_made_it_is_made_and_ended(host: Make) -> None:
    acme = host().weather(slow=True).orders().works().ends()
    assert acme.told == ["provision working", "terminate waiting"]
    acme.waits(minutes=2)
    assert (acme.told, acme.gone()) == (["provision done", "terminate done"], True)


def test_a_busy_system_is_tried_again_with_growing_pauses_and_then_by_people(host: Make) -> None:
    acme = host().weather(busy=True).orders()
    began = clock.now()
    acme.waits(days=2)
    pauses = [call.at - began for call in Call.objects.order_by("pk")]
    minutes = [round(each / timedelta(minutes=1), 1) for each in pauses]
    # The console asks for a minute: more than the first pause.
    assert minutes == [0, 1, 3, 13, 43, 103, 223, 463]
    assert (acme.last.progress, acme.last.next_at) == ("waiting", None)
    assert acme.last.queued_at == began + timedelta(minutes=463)
    assert [each.pk for each in queries.for_people()] == [acme.last.pk]
    by_hand.retry(acme.weather().last.public_id, **ADA)
    acme.works()
    assert (acme.told, acme.last.queued_at, acme.state) == (["provision done"], None, ("active", "active"))


def test_a_resume_is_retried_until_it_is_confirmed(host: Make) -> None:
    acme = host().orders().works().stops(Reason.DUNNING).works().weather(busy=True).lifts(Reason.DUNNING)
    acme.waits(days=6)
    assert (acme.service.state, acme.subscription.state, acme.last.progress) == ("suspended", "active", "waiting")
    assert acme.last.queued_at is not None and acme.last.next_at is not None
    acme.weather().waits(hours=4)
    assert (acme.told[-1], acme.state, acme.there) == ("resume done", ("active", "active"), "active")
    assert not queries.for_people().exists()


def test_an_answer_that_is_lost_is_looked_up_not_repeated(host: Make) -> None:
    acme = host().orders().works().weather(silent=True).stops().works()
    assert (acme.told[-1], acme.there) == ("suspend unknown", "suspended")
    acme.waits(minutes=1)
    assert acme.told[-1] == "suspend done"
    assert [(call.asked, call.event) for call in Call.objects.order_by("pk")[1:]] == [(False, "lose"), (True, "done")]


def test_a_lost_provision_is_looked_up_under_its_key(host: Make) -> None:
    acme = host().weather(silent=True).orders().works()
    assert (acme.told, acme.service.ref) == (["provision unknown"], "")
    acme.weather().waits(minutes=1)
    assert (acme.told, acme.there) == (["provision done"], "active")
    # Two calls under one key made one thing.
    assert acme.things == 1


def test_what_was_not_done_is_sent_again(host: Make) -> None:
    acme = host().orders().works().stops()
    claimed = outcomes.claim(acme.last.public_id)
    assert claimed is not None and claimed.ref
    # The process dies before it calls. When its lease is over, the system is asked: it runs still.
    acme.waits(minutes=5)
    assert (acme.told[-1], acme.there) == ("suspend waiting", "active")
    acme.waits(minutes=5)
    assert (acme.told[-1], acme.there) == ("suspend done", "suspended")


def test_a_late_answer_is_written_down_and_not_obeyed(host: Make) -> None:
    acme = host().orders().works().stops()
    claimed = outcomes.claim(acme.last.public_id)
    assert claimed is not None
    acme.waits(minutes=5)
    outcomes.note(claimed, outcomes.Told("done"))
    assert (acme.last.progress, acme.service.state) == ("waiting", "active")
    acme.waits(minutes=5)
    assert acme.service.state == "suspended"


def test_a_stop_nobody_knows_of_gives_way_to_a_payment(host: Make) -> None:
    acme = host().orders().works().weather(silent=True).stops(Reason.DUNNING).works()
    assert acme.told[-1] == "suspend unknown"
    acme.weather().lifts(Reason.DUNNING)
    assert acme.told[1:] == ["suspend cancelled", "resume waiting"]
    assert acme.works().told[-1] == "resume done"
    assert (acme.there, acme.state, acme.service.sure) == ("active", ("active", "active"), True)


def test_a_refused_change_stands_in_nobodys_way(host: Make) -> None:
    acme = host().orders().works().weather(refuse="mainframe")
    actions.change(acme.id, Spec("mainframe", {}), key="c", at=clock.now())
    acme.works()
    assert (acme.told[-1], acme.last.queued_at is not None) == ("change waiting", True)
    acme.stops(Reason.DUNNING).works()
    assert (acme.state, acme.there) == (("suspended", "suspended"), "suspended")


def test_a_change(host: Make) -> None:
    acme = host().orders().works()
    more = Spec("server", {"cores": 8})
    for _ in range(2):
        actions.change(acme.id, more, key="more", at=clock.now())
    assert code(lambda: actions.change(acme.id, SPEC, key="more", at=clock.now())) == "change_key_conflict"
    acme.works()
    assert (acme.told[1:], acme.service.spec) == (["change done"], more)
    assert acme.seen.spec == more


def test_a_provision_that_is_refused_people_make_by_hand(host: Make) -> None:
    acme = host().weather(refuse="server").orders().works()
    number = acme.last.public_id
    assert (acme.told, acme.last.note) == (["provision waiting"], "the console is told to refuse a server")
    assert code(lambda: by_hand.complete(number, reason="made it", **ADA)) == "ref_needed"
    assert code(lambda: by_hand.complete(number, ref="rack-7", reason="", **ADA)) == "text_empty"
    by_hand.complete(number, ref="rack-7", reason="made it", **ADA)
    assert (acme.told, acme.service.ref, acme.state) == (["provision done"], "rack-7", ("active", "active"))
    assert code(lambda: by_hand.retry(number, **ADA)) == "operation_ended"


def test_two_services_never_share_a_thing(host: Make) -> None:
    acme = host().weather(refuse="server").orders().orders("other").works()
    first, second = Operation.objects.order_by("pk")
    by_hand.complete(first.public_id, ref="rack-7", reason="made", **ADA)
    assert code(lambda: by_hand.complete(second.public_id, ref="rack-7", reason="made", **ADA)) == "ref_taken"
    claimed = outcomes.claim(by_hand.retry(second.public_id, **ADA).public_id)
    assert claimed is not None
    told = outcomes.note(claimed, outcomes.Told("done", ref="rack-7"))
    assert (told.progress, told.queued_at is not None, told.note[:13]) == ("waiting", True, "It was called")
    assert Service.objects.get(pk=acme.made[1].pk).ref == ""


def test_a_provision_that_fails_can_be_made_again_or_ended(host: Make) -> None:
    acme = host().weather(refuse="server").orders().works().stops()
    by_hand.fail(queries.for_people()[0].public_id, reason="no room", **ADA)
    assert (acme.told, acme.service.state) == (["provision failed", "suspend cancelled"], "failed")
    acme.weather().lifts()
    actions.provide_again(acme.id, at=clock.now())
    assert code(lambda: actions.provide_again(acme.id, at=clock.now())) == "invalid_transition"
    acme.works()
    assert (acme.told[2:], acme.state, acme.there) == (["provision done"], ("active", "active"), "active")
    other = host("other").weather(refuse="server").orders().works()
    by_hand.fail(other.last.public_id, reason="no room", **ADA)
    assert (other.ends().told, other.state) == (["provision failed"], ("terminated", "ended"))


def test_what_is_to_end_must_end(host: Make) -> None:
    acme = host().orders().works().weather(busy=True).ends().waits(days=1)
    assert (acme.told[-1], acme.last.queued_at is not None) == ("terminate waiting", True)
    assert code(lambda: by_hand.fail(acme.last.public_id, reason="no", **ADA)) == "must_end"
    by_hand.complete(acme.last.public_id, reason="pulled the plug", **ADA)
    assert acme.state == ("terminated", "ended")


def test_a_stop_that_people_give_up_is_made_sure_of_when_it_goes_on(host: Make) -> None:
    acme = host().orders().works().weather(silent=True).stops().works()
    by_hand.fail(acme.last.public_id, reason="leave it", **ADA)
    assert (acme.state, acme.there, acme.service.sure) == (("active", "suspended"), "suspended", False)
    acme.weather().lifts().works()
    assert (acme.told[1:], acme.there) == (["suspend failed", "resume done"], "active")


def test_a_service_ends_with_its_subscription(host: Make) -> None:
    acme = host().orders().works()
    agreements.end(acme.subscription.public_id, clock.now() + timedelta(days=3))
    assert queries.next_end() == clock.now() + timedelta(days=3)
    assert actions.follow(clock.now()) == 0
    acme.waits(days=3)
    assert actions.follow(clock.now()) == 1
    assert actions.follow(clock.now()) == 0
    acme.works()
    assert (acme.state, acme.gone()) == (("terminated", "ended"), True)


def test_a_stop_is_kept_through_an_end_that_is_taken_back(host: Make) -> None:
    acme = host().orders().works()
    agreements.end(acme.subscription.public_id, clock.now() + timedelta(days=3))
    acme.stops().works()
    assert agreements.keep_on(acme.subscription.public_id).state == "suspended"
    assert acme.lifts().works().state == ("active", "active")


def test_one_of_two_services_stopped_leaves_the_subscription_active(host: Make) -> None:
    acme = host().orders()
    acme.made.append(actions.provide(acme.subscription, key="second", at=clock.now()))
    acme.works().stops()
    assert acme.state == ("active", "active")
    actions.stop(acme.made[1].public_id, reason=Reason.STAFF, at=clock.now())
    assert acme.works().state == ("suspended", "suspended")
    assert acme.lifts().works().state == ("active", "active")
    acme.ends().works()
    # The other one is stopped still, and is all that is left.
    assert acme.state == ("terminated", "suspended")
    actions.terminate(acme.made[1].public_id, reason=Reason.STAFF, at=clock.now())
    assert acme.works().state == ("terminated", "ended")


def test_what_cannot_be_provided(host: Make) -> None:
    acme = host()
    acme.world.plan("support", acme.world.monthly("5"))
    acme.party.buys("support").buys("server")
    at = clock.now()
    assert code(lambda: actions.provide(acme.party.subscriptions["support"], key="s", at=at)) == "nothing_delivered"
    connections.retire(acme.connection.public_id)
    assert code(lambda: actions.provide(acme.party.subscriptions["server"], key="s", at=at)) == "connection_retired"
    assert not Service.objects.exists() and not Operation.objects.exists()
    with pytest.raises(NotFound):
        actions.stop("svc_none", reason=Reason.STAFF, at=at)


def test_an_end_is_not_in_the_future(host: Make) -> None:
    acme = host().orders().works()
    later = clock.now() + timedelta(hours=1)
    assert code(lambda: actions.terminate(acme.id, reason=Reason.STAFF, at=later)) == "not_yet"
    assert (acme.state, acme.told) == (("active", "active"), ["provision done"])


def test_no_call_inside_a_transaction(host: Make) -> None:
    acme = host().orders()
    with pytest.raises(RuntimeError, match="network inside a transaction"), transaction.atomic():
        running.run(acme.last.public_id)
    assert acme.last.calls == 0


def test_connections(host: Make) -> None:
    acme = host()
    found = acme.connection
    assert b"keep" not in bytes(found.settings)
    assert code(lambda: connections.connect(found.brand, "console", found.name, {})) == "connection_exists"
    assert connections.test(found.public_id).test_failed is False
    acme.weather(busy=True)
    tested = connections.test(found.public_id)
    assert (tested.test_failed, tested.test_note) == (True, "the console is told to be busy")
    with pytest.raises(Refused) as wrong:
        connections.configure(found.public_id, {"colour": "red"})
    assert wrong.value.code == "invalid"
    assert connections.shown_settings(queries.connection(found.public_id))["busy"] is True


def test_what_runs_has_a_ref(host: Make) -> None:
    acme = host().orders()
    with pytest.raises(IntegrityError, match="provisioning_service_ref"), transaction.atomic():
        Service.objects.filter(pk=acme.service.pk).update(state=State.ACTIVE)
