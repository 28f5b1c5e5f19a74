"""Where an installation keeps what is not in PostgreSQL: the embedded server, its secret key, collected
files.
"""

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
