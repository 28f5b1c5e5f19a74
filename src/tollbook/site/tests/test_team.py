"""The team of an account: inviting, joining, changing a part, leaving."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tollbook.base import clock
from tollbook.customers import team
from tollbook.customers.models import Invitation, Membership
from tollbook.identity.models import AuditEntry, User
from tollbook.identity.tests.people import PASSWORD, logged_in, person
from tollbook.kernel.errors import NotFound, Refused

pytestmark = pytest.mark.django_db
Role = Membership.Role


@pytest.fixture
def acme(world: Any) -> Any:
    return world.customer("acme").row


def member(customer: Any, email: str, role: str) -> User:
    user = person(email, name=email.partition("@")[0].title())
    Membership.objects.create(customer=customer, user=user, role=role)
    return user


def link() -> str:
    found = re.search(r"http://testserver(/account/invitation/\S+/)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def invites(owner: Client, email: str, role: str = "billing") -> str:
    assert owner.post("/portal/team/invite/", {"email": email, "role": role}).status_code == 302
    assert mail.outbox[-1].to == [email]
    return link()


def test_a_stranger_joins_by_the_link_once(acme: Any) -> None:
    owner = logged_in(member(acme, "olga@acme.example", "owner"))
    address = invites(owner, "dan@acme.example")
    assert address.split("/")[3] not in str(list(Invitation.objects.values()))
    dan = Client()
    assert "Join Acme" in dan.get(address).content.decode()
    assert Membership.objects.count() == 1
    given = {"name": "Dan Developer", "password": PASSWORD}
    assert dan.post(address, given).headers["Location"] == "/"
    assert Membership.objects.get(user__email="dan@acme.example").role == "billing"
    assert dan.get("/portal/").status_code == 200
    again = Client().post(address, given)
    assert (again.status_code, "This invitation does not work" in again.content.decode()) == (404, True)
    verbs = list(
        AuditEntry.objects.filter(customer_id=acme.pk, verb__startswith="team.").values_list("verb", flat=True)
    )
    assert verbs == ["team.invite", "team.join"]


def test_a_weak_password_is_refused_and_the_invitation_stays(acme: Any) -> None:
    address = invites(logged_in(member(acme, "olga@acme.example", "owner")), "dan@acme.example")
    page = Client().post(address, {"name": "Dan", "password": "short"}).content.decode()
    assert "give at least 15" in page
    assert not User.objects.filter(email="dan@acme.example").exists()
    assert Client().get(address).status_code == 200


def test_who_has_an_account_logs_in_and_joins_a_second_one(acme: Any, world: Any) -> None:
    bolt = world.customer("bolt").row
    dan = member(bolt, "dan@bolt.example", "owner")
    address = invites(logged_in(member(acme, "olga@acme.example", "owner")), "dan@bolt.example", "read_only")
    assert f"/account/login/?next={address}" in Client().get(address).content.decode()
    client = logged_in(dan)
    assert client.post(address).headers["Location"] == "/portal/"
    assert "Here is Acme on" in client.get("/portal/").content.decode()
    client.post("/portal/switch/", {"customer": bolt.public_id})
    assert "Here is Bolt on" in client.get("/portal/").content.decode()


def test_an_invitation_is_for_its_address_alone(acme: Any) -> None:
    address = invites(logged_in(member(acme, "olga@acme.example", "owner")), "dan@acme.example")
    eve = logged_in(person("eve@other.example"))
    assert "the invitation is for dan@acme.example" in eve.post(address).content.decode()
    assert Membership.objects.count() == 1


@pytest.mark.parametrize("end", ["week", "withdrawn", "invited again"])
def test_what_is_over_opens_nothing(acme: Any, world: Any, end: str) -> None:
    owner = logged_in(member(acme, "olga@acme.example", "owner"))
    address = invites(owner, "dan@acme.example")
    assert Client().get(address).status_code == 200
    if end == "week":
        clock.set_virtual(world.now + timedelta(days=7))
    elif end == "withdrawn":
        owner.post(f"/portal/team/invitations/{Invitation.objects.get().public_id}/withdraw/")
    else:
        assert invites(owner, "DAN@acme.example".lower()) != address
    assert Client().get(address).status_code == 404
    assert Client().post(address, {"name": "Dan", "password": PASSWORD}).status_code == 404
    assert not User.objects.filter(email="dan@acme.example").exists()


def test_mail_that_cannot_be_sent_is_said(acme: Any, settings: Any) -> None:
    owner = logged_in(member(acme, "olga@acme.example", "owner"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = owner.post("/portal/team/invite/", {"email": "dan@acme.example", "role": "billing"}, follow=True)
    assert "The mail to dan@acme.example could not be sent" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_joins(acme: Any, at_once: Any) -> None:
    dan = person("dan@acme.example")
    token = team.invite(acme, "dan@acme.example", Role.BILLING, actor="olga").token
    done = at_once(lambda: team.accept(token, dan), lambda: team.accept(token, dan))
    assert sorted(type(each).__name__ for each in done) == ["Membership", "NotFound"]


def test_the_last_owner_stays_an_owner(acme: Any) -> None:
    olga = member(acme, "olga@acme.example", "owner")
    member(acme, "dan@acme.example", "billing")
    for act in (
        lambda: team.set_role(acme, olga.public_id, Role.BILLING, actor="x"),
        lambda: team.remove(acme, olga.public_id, actor="x"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "last_owner"
    team.set_role(acme, olga.public_id, Role.OWNER, actor="x")
    assert Membership.objects.filter(role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_at_once_leave_one(acme: Any, at_once: Any) -> None:
    olga, omar = member(acme, "olga@acme.example", "owner"), member(acme, "omar@acme.example", "owner")
    done = at_once(
        lambda: team.remove(acme, olga.public_id, actor="omar"), lambda: team.remove(acme, omar.public_id, actor="olga")
    )
    assert sorted(type(each).__name__ for each in done) == ["NoneType", "Refused"]
    assert Membership.objects.filter(role="owner").count() == 1


def test_who_is_removed_is_out_at_once(acme: Any) -> None:
    owner = logged_in(member(acme, "olga@acme.example", "owner"))
    dan = member(acme, "dan@acme.example", "technical")
    inside = logged_in(dan)
    assert inside.get("/portal/").status_code == 200
    owner.post(f"/portal/team/{dan.public_id}/change/", {"act": "remove"})
    assert inside.get("/portal/").status_code == 404


def test_a_part_is_changed_and_counts_at_once(acme: Any) -> None:
    owner = logged_in(member(acme, "olga@acme.example", "owner"))
    dan = member(acme, "dan@acme.example", "read_only")
    inside = logged_in(dan)
    assert inside.post("/portal/team/invite/", {}).status_code == 404
    owner.post(f"/portal/team/{dan.public_id}/change/", {"act": "set", "role": "owner"})
    assert inside.post("/portal/team/invite/", {}).status_code == 302
    owner.post(f"/portal/team/{dan.public_id}/change/", {"act": "set", "role": "king"})
    assert Membership.objects.get(user=dan).role == "owner"


def test_a_stranger_to_the_account_cannot_touch_its_people(acme: Any, world: Any) -> None:
    dan = member(acme, "dan@acme.example", "owner")
    other = logged_in(member(world.customer("bolt").row, "eve@bolt.example", "owner"))
    open_one = team.invite(acme, "new@acme.example", Role.BILLING, actor="olga").invitation
    other.post(f"/portal/team/{dan.public_id}/change/", {"act": "remove"})
    other.post(f"/portal/team/invitations/{open_one.public_id}/withdraw/")
    assert Membership.objects.filter(customer=acme, user=dan).exists()
    assert team.open_invitations(acme).count() == 1
    with pytest.raises(NotFound):
        team.remove(world.customer("bolt").row, dan.public_id, actor="eve")


def test_who_logged_in_long_ago_proves_it_again_first(acme: Any) -> None:
    dan = member(acme, "dan@acme.example", "read_only")
    olga = member(acme, "olga@acme.example", "owner")
    client = Client()
    client.force_login(olga)
    answer = client.post(
        f"/portal/team/{dan.public_id}/change/", {"act": "remove"}, HTTP_REFERER="http://testserver/portal/team/"
    )
    assert answer.headers["Location"] == "/account/reauthenticate/?next=%2Fportal%2Fteam%2F"
    assert Membership.objects.count() == 2
    confirmed = client.post(answer.headers["Location"], {"password": PASSWORD, "next": "/portal/team/"})
    assert confirmed.headers["Location"] == "/portal/team/"
    client.post(f"/portal/team/{dan.public_id}/change/", {"act": "remove"})
    assert Membership.objects.count() == 1
