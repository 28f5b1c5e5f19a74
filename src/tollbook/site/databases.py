"""Which PostgreSQL: the one of DATABASE_URL, else the embedded one of this installation."""

import os
import sys
from pathlib import Path
from typing import Any

from tollbook.base.database import parse_url

# Commands that need no database must not start one.
_NO_DATABASE = {"makemigrations", "collectstatic"}


def databases(home: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES. Starts the embedded server of `home` when no DATABASE_URL is given."""
    if url := os.environ.get("DATABASE_URL"):
        config = parse_url(url)
    elif os.environ.get("TOLLBOOK_NO_DATABASE") == "1" or _NO_DATABASE & set(sys.argv[1:3]):
        config = {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}
    else:
        from tollbook.base import embedded  # imported only where it is used: it starts processes

        config = parse_url(embedded.ensure(home))
    config.setdefault("CONN_MAX_AGE", 60)
    if name := os.environ.get("TOLLBOOK_TEST_DB"):
        config["TEST"] = {"NAME": name}
    return {"default": config}
