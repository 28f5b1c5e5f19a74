"""The one error of the embedded server."""

from __future__ import annotations

from tollbook.kernel.errors import TollbookError


class EmbeddedError(TollbookError):
    """The embedded server cannot be had; the message is one line that says why and what to do.

    Codes: embedded_unavailable (no binaries for this machine), embedded_forbidden (files of another user),
    embedded_files (the file system says no), embedded_data (made by another version of PostgreSQL),
    embedded_start and embedded_stop (PostgreSQL says no), embedded_busy (leftovers of a killed server will
    not go), embedded_account (no user to run it as).
    """
