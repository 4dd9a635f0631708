"""A store in a folder for the tests: what it committed, alarmed and wrote."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pbx import notes
from pbx.service.record.store import Batch, Store, read_only

PATIENCE_S = 20.0


class Site:
    """A store in a folder, what it committed and alarmed; waits by events, never by the clock."""

    def __init__(self, folder: Path, before_commit: Callable[[], object] = lambda: None) -> None:
        self.path = folder / "pbx.db"
        self.committed: list[int] = []
        self.alarms: list[tuple[str, str]] = []
        self._news = threading.Condition()
        self._before_commit = before_commit
        self.store = self.open()

    def open(self, **other: Any) -> Store:
        self.store = Store(
            self.path,
            on_committed=self._on_committed,
            on_alarm=self._on_alarm,
            before_commit=self._before_commit,
            **other,
        )
        return self.store

    def _on_committed(self, batch: Batch) -> None:
        with self._news:
            self.committed += [seq for seq, _ in batch]
            self._news.notify_all()

    def _on_alarm(self, name: str, text: str) -> None:
        with self._news:
            self.alarms.append((name, text))
            self._news.notify_all()

    def wait_for(self, seq: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: seq in self.committed, PATIENCE_S), self.alarms

    def wait_for_alarm(self, name: str) -> str:
        def texts() -> list[str]:
            return [text for each, text in self.alarms if each == name]

        with self._news:
            assert self._news.wait_for(texts, PATIENCE_S), self.alarms
            return texts()[0]

    def keep(self, kept: Iterable[notes.Note], first: int = 1) -> None:
        """Put the notes, starting the store, and close it."""
        self.store.start(1)
        for seq, note in enumerate(kept, first):
            self.store.put(seq, note)
        self.store.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(read_only(self.path)) as db:
            return db.execute(query).fetchall()

    def lines(self, log: str) -> list[str]:
        return (self.path.parent / "asterisk" / log).read_text().splitlines()
