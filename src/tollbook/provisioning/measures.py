"""What connectors have left open."""

from tollbook.base.watching.metrics import Measure

MEASURES = [
    Measure(
        "tollbook_operation_unknown",
        "Operations of services of which nobody knows what the other system did, by connector",
        "SELECT c.kind, count(*) FROM provisioning_operation o JOIN provisioning_service s ON s.id = o.service_id "
        "JOIN provisioning_connection c ON c.id = s.connection_id WHERE o.progress = 'unknown' GROUP BY c.kind",
        ("connector",),
    ),
    Measure(
        "tollbook_operation_for_people",
        "Operations of services that wait for people",
        "SELECT count(*) FROM provisioning_operation WHERE queued_at IS NOT NULL",
    ),
]
