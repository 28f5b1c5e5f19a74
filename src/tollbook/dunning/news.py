"""What dunning tells a customer is told outside the portals, too."""

from typing import Any

from tollbook.dunning.models import Notice
from tollbook.notifications.actions import tell


def notify(**fields: Any) -> Notice:
    """Note what a customer is told, and tell it; the fields are those of `Notice`."""
    made = Notice.objects.create(**fields)
    told = {
        "title": made.title,
        "text": made.text,
        "invoice": made.invoice.public_id if made.invoice is not None else None,
        "by_email": "email" in made.channels,
    }
    kind = "dunning.reminder" if made.about == Notice.About.REMINDER else "dunning.notice"
    tell(kind, made.customer_id, made.public_id, told, made.created_at)
    return made
