"""Rate limits, counted in the database so that every web process sees the same count. They follow the machine's clock.

Wrong keys are not counted: 256 random bits cannot be guessed, and locking an address out for somebody else's wrong keys
would do harm.
"""

from dataclasses import dataclass

from django.db import connection
from django.http.response import HttpResponseBase

from tollbook.api.errors import HttpRefused

# The insert joins no transaction of the request: what is refused later has been counted all the same.
_COUNT = """
    INSERT INTO api_rate_window AS w (source, minute, hits) VALUES (%s, date_trunc('minute', clock_timestamp()), 1)
    ON CONFLICT (source) DO UPDATE SET
        hits = CASE WHEN w.minute = excluded.minute THEN w.hits + 1 ELSE 1 END, minute = excluded.minute
    RETURNING hits, 60 - floor(extract(second FROM clock_timestamp()))::int
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller: `hits` of `limit` requests are spent, and in `wait_s` seconds all are there again."""

    limit: int
    hits: int
    wait_s: int

    def tell(self, response: HttpResponseBase) -> None:
        """Say so in the answer, as draft-ietf-httpapi-ratelimit-headers spells it."""
        response["RateLimit-Policy"] = f'"requests";q={self.limit};w=60'
        response["RateLimit"] = f'"requests";r={max(0, self.limit - self.hits)};t={self.wait_s}'

    def check(self) -> None:
        """HttpRefused 429 "rate_limited" when nothing was left for this request."""
        if self.hits > self.limit:
            message = f"more than {self.limit} requests in a minute: wait {self.wait_s} s"
            refusal = HttpRefused(429, "rate_limited", message, limit=self.limit)
            raise refusal.with_headers(Retry_After=str(self.wait_s))


def count(source: str, limit: int) -> Allowance:
    """Count a request of `source` in this minute, of which it may send `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [source[:80]])
        hits, wait_s = cursor.fetchone()
    return Allowance(limit, hits, wait_s)
