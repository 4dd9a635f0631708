"""Who talked to a calling number last, so that `last_agent_s` can let it wait for them.

Kept only for queues that ask for it; the newest numbers win, and a number without a caller behind
it (withheld, anonymous) is nobody's.
"""

from __future__ import annotations

NUMBERS_MAX = 10_000
NOBODY = ("", "anonymous", "unknown", "unavailable", "restricted")


def remember(numbers: dict[str, str], calling: str, *, agent: str) -> None:
    """The agent talks to this number now; the number not heard of for longest is forgotten."""
    if calling.lower() in NOBODY:
        return
    numbers.pop(calling, None)
    numbers[calling] = agent
    if len(numbers) > NUMBERS_MAX:
        del numbers[next(iter(numbers))]
