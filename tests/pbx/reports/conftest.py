"""A record for each test of a report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pbx.reports.by_hand import Record


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """An empty one, of the site in `tests.pbx.reports.by_hand`."""
    record = Record(tmp_path)
    yield record
    record.db.close()
