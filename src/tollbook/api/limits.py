"""Rate limits, counted in the database so that every web process sees the same count. They follow the machine's clock.

Wrong keys are not counted: 256 random bits cannot be guessed, and locking an address out for somebody else's wrong keys
would do harm.
"""

from django.db import connection

from tollbook.api.errors import HttpRefused

# The insert joins no transaction of the request: what is refused later has been counted all the same.
_COUNT = """
    INSERT INTO api_rate_window AS w (source, minute, hits) VALUES (%s, date_trunc('minute', clock_timestamp()), 1)
    ON CONFLICT (source) DO UPDATE SET
        hits = CASE WHEN w.minute = excluded.minute THEN w.hits + 1 ELSE 1 END, minute = excluded.minute
    RETURNING hits, 60 - floor(extract(second FROM clock_timestamp()))::int
"""


def count(source: str, limit: int) -> None:
    """Count a request of `source` in this minute; HttpRefused 429 "rate_limited" beyond `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [source[:80]])
        hits, wait_s = cursor.fetchone()
    if hits > limit:
        message = f"more than {limit} requests in a minute: wait {wait_s} s"
        raise HttpRefused(429, "rate_limited", message, limit=limit).with_headers(Retry_After=str(wait_s))
