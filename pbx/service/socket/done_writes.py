"""Writes that were done, by their `idem` key, so that a write sent twice is done once.

    keep    ->  in memory, and a row of `writes` for the next process
    forget  ->  after 24 h, or when there are too many: the oldest, and its row
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from pbx.events import Refused
from pbx.service.record.rows import Forgotten, Written
from pbx.service.socket.api import METHODS
from pbx.service.socket.params import Params

KEPT = 10_000
KEPT_MS = 24 * 3_600_000

Key = tuple[str, str]  # who asked, its idem


class DoneWrites:
    """The answers to the last writes: at most `kept`, none older than `kept_ms`. `put` takes the
    rows that keep them over a restart; `wall_ms` is the clock of those. `on_full` is called when
    one is let go before its time, once until there is room again."""

    __slots__ = ("_answers", "_is_full", "_kept", "_kept_ms", "_on_full", "_put", "_wall_ms")

    def __init__(
        self,
        *,
        kept: int = KEPT,
        kept_ms: int = KEPT_MS,
        put: Callable[[Written | Forgotten], object] = lambda row: None,
        wall_ms: Callable[[], int] = lambda: 0,
        on_full: Callable[[int], object] = lambda kept: None,
    ) -> None:
        self._kept = kept
        self._kept_ms = kept_ms
        self._put = put
        self._wall_ms = wall_ms
        self._on_full = on_full
        self._is_full = False
        self._answers: dict[Key, tuple[int, str, Params, object]] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, key: Key, now: int) -> tuple[str, Params, object] | None:
        """The method, parameters and result kept under a key, or None."""
        self._forget(now)
        kept = self._answers.get(key)
        return kept[1:] if kept else None

    def keep(self, key: Key, now: int, *, method: str, params: Params, result: object) -> None:
        """Remember a result; the oldest one goes if there are too many."""
        self._answers[key] = (now, method, params, result)
        self._put(written(key, self._wall_ms(), method=method, params=params, result=result))
        if len(self._answers) > self._kept:
            self._drop(next(iter(self._answers)))
            if not self._is_full:
                self._on_full(self._kept)
            self._is_full = True

    def restore(self, rows: Iterable[Written], now: int) -> None:
        """Take back what an earlier process kept; what is too old or of no method goes."""
        for row in sorted(rows, key=lambda each: each.t):
            age_ms = max(0, self._wall_ms() - round(row.t * 1000))
            method = METHODS.get(row.method)
            try:
                if method is None:
                    raise msgspec.ValidationError(row.method)
                params = msgspec.json.decode(row.params, type=method.params)
                result = result_of(row.result)
            except msgspec.MsgspecError:  # of another version
                self._put(Forgotten(row.who, row.idem))
            else:
                self._answers[row.who, row.idem] = (now - age_ms, row.method, params, result)
        self._forget(now)
        while len(self._answers) > self._kept:
            self._drop(next(iter(self._answers)))

    def _forget(self, now: int) -> None:
        """Drop what has grown too old; the dict is in the order of age."""
        while self._answers:
            key = next(iter(self._answers))
            if now - self._answers[key][0] < self._kept_ms:
                return
            self._drop(key)
            self._is_full = False

    def _drop(self, key: Key) -> None:
        del self._answers[key]
        self._put(Forgotten(*key))


def written(key: Key, wall_ms: int, *, method: str, params: Params, result: object) -> Written:
    """A write that was done, as its row."""
    told: dict[str, object] = {"result": result}
    if isinstance(result, Refused):
        told = {"refused": [result.code, result.reason]}
    texts = (msgspec.json.encode(each).decode() for each in (params, told))
    return Written(*key, wall_ms / 1000, method, *texts)


def result_of(text: str) -> object:
    """What a write was answered, from its row. Raises MsgspecError."""
    told = msgspec.json.decode(text, type=dict[str, object])
    if "refused" in told:
        return Refused(*msgspec.convert(told["refused"], type=tuple[str, str]))
    return told.get("result")
