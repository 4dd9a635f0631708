"""The counts of queues as reports read them: added up in the record as far as it goes."""

from __future__ import annotations

from typing import Any

from pbx.figures.counted import QUEUE_COUNTS
from pbx.reports.asked import Asked, Rows

SUMS = ", ".join(f"sum({name})" for name in QUEUE_COUNTS)
MEANT = """start >= :start AND start < :end AND (:queue = '' OR queue = :queue)
    AND (:agents = '[]' OR agent IN (SELECT value FROM json_each(:agents)))"""


Counted = tuple[tuple[Any, ...], dict[str, int]]  # the keys of a row, its counts


def queue_counts(asked: Asked, rows: Rows, *keys: str) -> list[Counted]:
    """Counts of visits by `keys`, of start queue agent, in their order. Where agents are asked for,
    only what they had a part in."""
    by = ", ".join(keys)
    found = rows(
        f"SELECT {by}, {SUMS} FROM queue_quarters WHERE {MEANT} GROUP BY {by} ORDER BY {by}",
        asked.params,
    )
    n = len(keys)
    return [(row[:n], dict(zip(QUEUE_COUNTS, row[n:], strict=True))) for row in found]
