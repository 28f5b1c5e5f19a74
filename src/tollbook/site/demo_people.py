"""Log-ins of the demo. They are made anew at each start, with new passwords, and shown once."""

import secrets

from django.db import transaction

from tollbook.brands.models import Brand
from tollbook.customers.models import Customer, Membership
from tollbook.identity.models import StaffRole, User
from tollbook.site.demo import PREPAID, SUPPORTED

_CUSTOMERS = ((SUPPORTED, "postpaid, with support"), (PREPAID, "prepaid"), ("Orion Pioneer", "postpaid"))


@transaction.atomic
def log_ins(brand: Brand) -> list[str]:
    """One staff member and three customers' owners; returns lines to print."""
    password = secrets.token_urlsafe(12)
    domain = f"{brand.code}.example"
    _user(f"staff@{domain}", "Demo staff", password, staff_role=StaffRole.ADMINISTRATOR)
    lines = [f"staff      staff@{domain}"]
    for name, kind in _CUSTOMERS:
        customer = Customer.objects.filter(brand=brand, reference=name).first()
        if customer is None:
            continue
        email = f"{name.lower().replace(' ', '.')}@{domain}"
        user = _user(email, name, password, staff_role=StaffRole.NONE)
        Membership.objects.get_or_create(customer=customer, user=user, defaults={"role": Membership.Role.OWNER})
        lines.append(f"customer   {email}  ({kind})")
    return [*lines, f"password   {password}  (for all of them, until the next start)"]


def _user(email: str, name: str, password: str, *, staff_role: str) -> User:
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    user.staff_role = staff_role
    user.set_password(password)
    user.save()
    return user
