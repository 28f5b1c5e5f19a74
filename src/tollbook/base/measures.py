"""What the queue and the schedule measure. They follow the machine's clock, as the workers do."""

from tollbook.base.watching.metrics import Measure

_QUEUED_AT = """
    SELECT j.id, greatest(j.scheduled_at, max(e.at)) AS since
    FROM procrastinate_jobs j
    JOIN procrastinate_events e ON e.job_id = j.id AND e.type IN ('deferred', 'deferred_for_retry', 'retried')
    WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
    GROUP BY j.id
"""

QUEUE_AGE = f"SELECT coalesce(extract(epoch FROM now() - min(since)), 0) FROM ({_QUEUED_AT}) q"  # noqa: S608  # constant
HEARTBEAT_AGE = "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers HAVING count(*) > 0"

MEASURES = [
    Measure(
        "tollbook_queue_jobs",
        "Jobs in the queue, by state",
        "SELECT status::text, count(*) FROM procrastinate_jobs "
        "WHERE status IN ('todo', 'doing', 'failed') GROUP BY status",
        ("state",),
    ),
    Measure("tollbook_queue_age_seconds", "How long the oldest job that could run has waited", QUEUE_AGE),
    Measure("tollbook_worker_heartbeat_age_seconds", "Since the last sign of life of any worker", HEARTBEAT_AGE),
    Measure(
        "tollbook_workers",
        "Workers with a sign of life in the last minute",
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'",
    ),
]
