"""A trial is one installation on one database."""

from pathlib import Path

import pytest

from tollbook.base.home import trial_marker


def test_another_database_is_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    embedded = trial_marker(tmp_path)
    embedded.touch()
    assert trial_marker(tmp_path).exists()
    monkeypatch.setenv("DATABASE_URL", "postgresql://tollbook@db/production")
    assert not trial_marker(tmp_path).exists()
