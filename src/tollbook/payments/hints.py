"""Callbacks: kept as they came, and answered by asking the gateway ourselves. Nothing in them is believed."""

import hashlib

from django.db.models import Q

from tollbook.base import clock
from tollbook.base.tasks import action, later
from tollbook.payments import asking, registry, saving
from tollbook.payments.models import CallbackSeen, Payment, Refund, Setup
from tollbook.payments.protocol import Message


@action
def receive_hint(code: str, message: Message) -> str:
    """Keep a message to the callback address of a gateway, once, and have what it is about asked for.

    Returns the public id of the payment, refund or set-up that it is about, empty where it is about none that we know:
    that is no fault of the sender's that we would tell. NotFound "gateway_not_found".
    """
    about = (registry.gateway(code).hint(message) or "")[:200]
    mine = Q(gateway=code) & (Q(public_id=about) | Q(reference=about))
    payment = Payment.objects.filter(mine).first() if about else None
    refund = Refund.objects.filter(payment__gateway=code, public_id=about).first() if about and not payment else None
    digest = hashlib.sha256(message.body).hexdigest()
    CallbackSeen.objects.bulk_create(
        [CallbackSeen(gateway=code, digest=digest, body=message.body, about=about, payment=payment, at=clock.now())],
        # The same bytes again tell nothing new; what they are about is asked for all the same.
        ignore_conflicts=True,
    )
    if payment is not None:
        later(asking.ask, key=f"ask:{payment.public_id}", public_id=payment.public_id, source="hint")
        return str(payment.public_id)
    setup = Setup.objects.filter(mine).first() if about and not payment and not refund else None
    if setup is not None:
        later(saving.ask, key=f"ask:{setup.public_id}", public_id=setup.public_id)
        return str(setup.public_id)
    if refund is not None:
        later(asking.ask_refund, key=f"ask:{refund.public_id}", public_id=refund.public_id)
        return str(refund.public_id)
    return ""
