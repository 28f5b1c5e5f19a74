"""Where an installation keeps what is not in PostgreSQL: the embedded server, its secret key, collected
files.
"""

import hashlib
import os
from pathlib import Path


def home() -> Path:
    """`$TOLLBOOK_HOME`, else `.tollbook` of the checkout this code runs from, else the user's data folder."""
    if given := os.environ.get("TOLLBOOK_HOME"):
        return Path(given).expanduser().resolve()
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").exists() and (checkout / "src" / "tollbook").exists():
        return checkout / ".tollbook"
    return Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")).expanduser() / "tollbook"


def trial_marker(folder: Path) -> Path:
    """The file whose presence says that this installation, with the database it has now, is a trial.

    Another DATABASE_URL is another installation: what ran the demo on one database must not carry its virtual clock
    over to the next.
    """
    database = os.environ.get("DATABASE_URL", "embedded")
    return folder / f"trial-{hashlib.sha256(database.encode()).hexdigest()[:12]}"
