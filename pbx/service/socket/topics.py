"""Which events a client wants: `queue.*`, `call.sales.*`, `agent.2001.changed`, `*`.

An event has a type, `call.answered`, and may have a scope, its queue or agent: it is then known as
`call.sales.answered` too. A topic names one event, or all below it with a trailing `*`.
"""

from __future__ import annotations

from collections.abc import Iterable

TOPICS_MAX = 64


def scoped(kind: str, scope: str) -> str:
    """An event's longer name: `call.answered` in scope `sales` is `call.sales.answered`."""
    domain, _, rest = kind.partition(".")
    return f"{domain}.{scope}.{rest}"


class Topics:
    """A set of topics; raises ValueError for one that is badly written."""

    __slots__ = ("_exact", "_prefixes")

    def __init__(self, topics: Iterable[str]) -> None:
        names = list(topics)
        for name in names:
            if not name or "*" in name[:-1] or (name[-1] == "*" and name[-2:] not in ("*", ".*")):
                raise ValueError(f"topic {name!r}: write a name, or end it with '.*'")
        self._exact = frozenset(name for name in names if not name.endswith("*"))
        self._prefixes = tuple(name[:-1] for name in names if name.endswith("*"))

    def want(self, kind: str, scope: str) -> bool:
        """True if an event of this type and scope (empty: none) is asked for."""
        if kind in self._exact or kind.startswith(self._prefixes):
            return True
        if not scope:
            return False
        name = scoped(kind, scope)
        return name in self._exact or name.startswith(self._prefixes)
