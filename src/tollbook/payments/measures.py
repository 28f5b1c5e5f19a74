"""What gateways have left open."""

from tollbook.base.watching.metrics import Measure

_UNKNOWN = """
    SELECT gateway, what, count(*) FROM (
        SELECT gateway, 'payment' AS what FROM payments_payment WHERE state = 'unknown'
        UNION ALL
        SELECT p.gateway, 'refund' FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
        WHERE r.state = 'unknown'
        UNION ALL
        SELECT gateway, 'setup' FROM payments_setup WHERE state = 'unknown'
    ) u GROUP BY gateway, what
"""

MEASURES = [
    Measure(
        "tollbook_gateway_unknown",
        "Payments, refunds and set-ups of which nobody knows what the gateway did",
        _UNKNOWN,
        ("gateway", "what"),
    ),
    Measure(
        "tollbook_gateway_review",
        "Payments that differ from what was asked and wait for people",
        "SELECT gateway, count(*) FROM payments_payment WHERE state = 'review' GROUP BY gateway",
        ("gateway",),
    ),
]
