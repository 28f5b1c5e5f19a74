"""Jobs whose worker died, by kill -9 or with its machine, go back into the queue.

What a job does is one transaction, or can be done twice without harm (`tasks`): the killed one left nothing behind.
"""

import logging

from django.db import IntegrityError, connection, transaction

from tollbook.base.tasks import action

log = logging.getLogger(__name__)
# A living worker gives a sign every ten seconds, also while its jobs are busy.
SILENT_S = 60

_LEFT = """
    SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %s))
    ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
"""


@action
def give_back() -> int:
    """Queue again what silent workers were doing; returns how many jobs that were.

    A job whose key waits in the queue once more by now is dropped: the waiting one does the same work.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [SILENT_S])
        left = [number for (number,) in cursor.fetchall()]
        for number in left:
            try:
                with transaction.atomic():
                    cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [number])
            except IntegrityError:
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', true)", [number])
            log.warning("job %s: its worker is gone, it was given back", number)
    return len(left)
