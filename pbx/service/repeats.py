"""Writes that were done, by their `idem` key, so that a write sent twice is done once."""

from __future__ import annotations

from pbx.service.params import Params

KEPT = 10_000
KEPT_MS = 24 * 3_600_000

Key = tuple[str, str]  # who asked, its idem


class Repeats:
    """The answers to the last writes: at most `kept`, none older than `kept_ms`."""

    __slots__ = ("_answers", "_kept", "_kept_ms")

    def __init__(self, *, kept: int = KEPT, kept_ms: int = KEPT_MS) -> None:
        self._kept = kept
        self._kept_ms = kept_ms
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
        if len(self._answers) > self._kept:
            del self._answers[next(iter(self._answers))]

    def _forget(self, now: int) -> None:
        """Drop what has grown too old; the dict is in the order of age."""
        while self._answers:
            key = next(iter(self._answers))
            if now - self._answers[key][0] < self._kept_ms:
                return
            del self._answers[key]
