"""The team of an account, in the customer portal; and the page behind the link of an invitation."""

from collections.abc import Callable
from smtplib import SMTPException

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tollbook.customers import team
from tollbook.customers.access import SESSION_KEY, CustomerRequest, portal_page
from tollbook.customers.models import Invitation, Membership
from tollbook.identity.access import proven_again
from tollbook.identity.actions import create_user
from tollbook.identity.mail import send
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, Refused, TollbookError
from tollbook.web.menu import MenuEntry
from tollbook.web.refusals import in_words

TEAM_MENU = MenuEntry("Team", "portal-customers:team", "user-group", order=80)
OWNER = Membership.Role.OWNER.value
DOOR = "portal"


@require_GET
@portal_page()
def listed(request: CustomerRequest) -> HttpResponse:
    """Who belongs to the account, and who is invited; owners change it."""
    context = {
        "title": _("Team"),
        "members": team.team_of(request.customer),
        "invitations": team.open_invitations(request.customer),
        "roles": [(role.value, role.label, words) for role, words in team.MAY.items()],
        "may": request.membership.role == OWNER,
    }
    return render(request, "customers/portal_team.html", context)


@require_POST
@portal_page(OWNER)
@proven_again
def invite(request: CustomerRequest) -> HttpResponse:
    """Invite somebody by mail; the link is in the mail alone."""
    try:
        role = team.read_role(request.POST.get("role", ""))
        made = team.invite(request.customer, request.POST.get("email", ""), role, actor=_who(request), door=DOOR)
    except TollbookError as error:
        messages.error(request, in_words(error))
        return redirect("portal-customers:team")
    link = request.build_absolute_uri(reverse("account_invitation", args=[made.token]))
    text = _(
        "{who} invites you to the account {account} at {brand}, as {role}: {may}.\n\n{link}\n\n"
        "The link works once, for a week."
    ).format(
        who=_who(request),
        account=request.customer.name,
        brand=request.customer.brand.name,
        role=_(role.label),
        may=_(team.MAY[role]),
        link=link,
    )
    try:
        send(made.invitation.email, _("Invitation to {name}").format(name=request.customer.name), text)
    except (OSError, SMTPException):
        messages.error(
            request,
            _("The mail to {email} could not be sent. Invite again in a few minutes.").format(
                email=made.invitation.email
            ),
        )
    else:
        messages.success(request, _("{email} is invited.").format(email=made.invitation.email))
    return redirect("portal-customers:team")


@require_POST
@portal_page(OWNER)
def withdraw(request: CustomerRequest, public_id: str) -> HttpResponse:
    """Take an invitation back."""
    return _done(request, lambda: team.withdraw(request.customer, public_id, actor=_who(request), door=DOOR))


@require_POST
@portal_page(OWNER)
@proven_again
def change(request: CustomerRequest, user_id: str) -> HttpResponse:
    """Give a member another part, or take him out."""
    if request.POST.get("act") == "remove":
        return _done(request, lambda: team.remove(request.customer, user_id, actor=_who(request), door=DOOR))

    def set_role() -> None:
        role = team.read_role(request.POST.get("role", ""))
        team.set_role(request.customer, user_id, role, actor=_who(request), door=DOOR)

    return _done(request, set_role)


def _done(request: CustomerRequest, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except TollbookError as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, "Done.")
    return redirect("portal-customers:team")


def _who(request: HttpRequest) -> str:
    return request.user.email if isinstance(request.user, User) else ""


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link: who is logged in joins; who has an account logs in first; everybody else gets one."""
    try:
        found = team.invitation_of(token)
    except NotFound:
        return render(request, "account/invitation.html", {"gone": True}, status=404)
    known = User.objects.filter(email__iexact=found.email).exists()
    context = {"invitation": found, "known": known, "role": Membership.Role(found.role).label, "problems": []}
    if request.method == "POST":
        user = request.user if isinstance(request.user, User) else None
        try:
            if user is not None:
                return _joined(request, token, user)
            if not known:
                return _made(request, token, found)
        except Refused as refused:
            context["problems"] = [in_words(refused)]
        except ValidationError as error:
            context["problems"] = error.messages
    return render(request, "account/invitation.html", context)


def _joined(request: HttpRequest, token: str, user: User) -> HttpResponse:
    membership = team.accept(token, user)
    request.session[SESSION_KEY] = membership.customer.public_id
    return redirect("portal-customers:overview")


def _made(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    """A new user, whose address the mail has proven, joins and is logged in."""
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    validate_password(password, User(email=found.email, name=name))
    with transaction.atomic():
        user = create_user(found.email, name, password=password, actor=found.email, door="account")
        membership = team.accept(token, user)
    request.session[SESSION_KEY] = membership.customer.public_id
    answer: HttpResponse = perform_login(request, Login(user=user))
    return answer


team_urls: list[URLPattern] = [
    path("team/", listed, name="team"),
    path("team/invite/", invite, name="invite"),
    path("team/invitations/<str:public_id>/withdraw/", withdraw, name="withdraw-invitation"),
    path("team/<str:user_id>/change/", change, name="change-member"),
]
