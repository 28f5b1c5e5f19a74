"""Services and operations over the API."""

from tollbook.api.errors import HttpRefused
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.customers.reach import chosen, own
from tollbook.identity.models import StaffRole
from tollbook.provisioning import actions, by_hand, queries
from tollbook.provisioning.models import Operation, Service
from tollbook.provisioning.rules import Reason
from tollbook.provisioning.shapes import (
    ByHandIn,
    OperationOut,
    RetryIn,
    ServiceOut,
    StopIn,
    TerminateIn,
    operation_out,
    service_out,
)

routes = Routes("Services")
ROUTERS = [("", routes)]
SWITCHERS = (StaffRole.BILLING, StaffRole.SUPPORT)


def _out(found: Service) -> ServiceOut:
    return service_out(found, queries.reasons([found]).get(found.pk, ()))


def _mine(request: ApiRequest, public_id: str) -> Service:
    return queries.by_public_id(public_id, request.principal.customer_id)


def _again(request: ApiRequest, public_id: str) -> ServiceOut:
    return _out(_mine(request, public_id))


@routes.reads("/services", "services:read", answer=Page[ServiceOut])
def list_services(
    request: ApiRequest,
    customer: str = "",
    state: str = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ServiceOut]:
    """Services, in the order in which they were made; of one customer, in one state, if named."""
    whose = chosen(request, customer)
    rows = Service.objects.select_related("customer", "subscription")
    rows = rows.filter(customer=whose) if whose else rows
    rows = rows.filter(state=state) if state else rows
    return page(rows, Order(), cursor, limit, _out)


@routes.reads("/services/{service_id}", "services:read", answer=ServiceOut)
def get_service(request: ApiRequest, service_id: str) -> ServiceOut:
    """A service."""
    return _again(request, service_id)


@routes.adds("/services/{service_id}/stop", "services:write", answer=ServiceOut, status=200)
def stop_service(request: ApiRequest, service_id: str, wanted: StopIn) -> ServiceOut:
    """Stop a service for a reason, in addition to those for which it is stopped already.

    A customer's key stops for the reason `customer`, where the plan allows it. Refused with `stop_by_people`,
    `service_over`.
    """
    who = {"actor": request.principal.actor, "door": "api"}
    reason = _reason(request, wanted.reason)
    mine = own(request)
    if mine is not None:
        actions.stop_by_customer(service_id, mine.pk, at=clock.now(), **who)
    else:
        actions.stop(service_id, reason=reason, at=clock.now(), note=wanted.note, **who)
    return _again(request, service_id)


@routes.adds("/services/{service_id}/resume", "services:write", answer=ServiceOut, status=200)
def resume_service(request: ApiRequest, service_id: str, wanted: StopIn) -> ServiceOut:
    """Take back a reason for which a service is stopped; it goes on when none is left.

    A customer's key takes back the reason `customer`. Refused with `stopped_by_others`.
    """
    who = {"actor": request.principal.actor, "door": "api"}
    reason = _reason(request, wanted.reason)
    mine = own(request)
    if mine is not None:
        actions.lift_by_customer(service_id, mine.pk, at=clock.now(), **who)
    else:
        actions.lift(service_id, reason=reason, at=clock.now(), **who)
    return _again(request, service_id)


def _reason(request: ApiRequest, given: str | None) -> Reason:
    """The reason that is acted for; HttpRefused 403 "staff_only", "role_missing"."""
    user = request.principal.user
    if user is None:
        if given not in (None, Reason.CUSTOMER):
            raise HttpRefused(403, "staff_only", f"the reason {given} needs the key of a staff user", param="reason")
        return Reason.CUSTOMER
    if user.staff_role not in (*SWITCHERS, StaffRole.ADMINISTRATOR):
        raise HttpRefused(403, "role_missing", f"the role {user.staff_role} may not do this")
    return Reason(given or Reason.STAFF)


@routes.adds("/services/{service_id}/terminate", "services:write", answer=ServiceOut, status=200, roles=SWITCHERS)
def terminate_service(request: ApiRequest, service_id: str, wanted: TerminateIn) -> ServiceOut:
    """End a service for good, now; its subscription ends with the last of its services."""
    who = {"actor": request.principal.actor, "door": "api"}
    actions.terminate(service_id, reason=Reason.STAFF, at=clock.now(), note=wanted.note, **who)
    return _again(request, service_id)


@routes.reads("/operations", "services:read", answer=Page[OperationOut], roles=())
def list_operations(
    request: ApiRequest,
    service: str = "",
    for_people: bool = False,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OperationOut]:
    """What other systems are asked to do, in the order in which it was written down; of one service, or only what
    people have to look at.
    """
    rows = Operation.objects.select_related("service")
    rows = rows.filter(service=queries.by_public_id(service)) if service else rows
    rows = rows.filter(queued_at__isnull=False) if for_people else rows
    return page(rows, Order(), cursor, limit, operation_out)


@routes.adds("/operations/{operation_id}/retry", "services:write", answer=OperationOut, status=200, roles=SWITCHERS)
def retry_operation(request: ApiRequest, operation_id: str, wanted: RetryIn) -> OperationOut:
    """Try an operation again; what may have acted is asked about first.

    Refused with `operation_ended`, `operation_under_way`.
    """
    found = by_hand.retry(operation_id, reason=wanted.note, actor=request.principal.actor, door="api")
    return operation_out(queries.operation(found.public_id))


@routes.adds("/operations/{operation_id}/complete", "services:write", answer=OperationOut, status=200, roles=SWITCHERS)
def complete_operation(request: ApiRequest, operation_id: str, wanted: ByHandIn) -> OperationOut:
    """Say that an operation was done by hand.

    Refused with `operation_ended`, `operation_under_way`, `ref_needed`, `ref_taken`.
    """
    found = by_hand.complete(
        operation_id, ref=wanted.ref, reason=wanted.reason, actor=request.principal.actor, door="api"
    )
    return operation_out(queries.operation(found.public_id))


@routes.adds("/operations/{operation_id}/fail", "services:write", answer=OperationOut, status=200, roles=SWITCHERS)
def fail_operation(request: ApiRequest, operation_id: str, wanted: ByHandIn) -> OperationOut:
    """Say that an operation will not be done.

    Refused with `must_end`, `operation_ended`, `operation_under_way`.
    """
    found = by_hand.fail(operation_id, reason=wanted.reason, actor=request.principal.actor, door="api")
    return operation_out(queries.operation(found.public_id))
