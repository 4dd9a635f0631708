"""A process that journals and records call after call until it is killed; and its recovery.

    python -m tests.pbx.service.sound.recorder FOLDER

Prints a call's number when its facts are in the journal: from then on it must not be lost. Each
fact stands for one call, whose notes follow from its number alone, as in the real exchange.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from pbx.codec import Snapshot
from pbx.events import CallArrived
from pbx.service.journal.journal import Journal, JournalLimits
from pbx.service.journal.reader import last_epoch, read, since_snapshot
from pbx.service.record.store import Store
from tests.pbx.service.record.call_notes import NOTES_PER_CALL, notes_of

PAUSE_S = 0.001
RECORDS_PER_FILE = 40  # so that a kill often meets a file's end


def say(name: str, text: str) -> None:
    print(f"{name}: {text}", file=sys.stderr)


class Recorder:
    """Store and journal of a folder, brought to where the last process was."""

    def __init__(self, folder: Path) -> None:
        self.journal: Journal | None = None
        self.calls = 0
        self.store = Store(
            folder / "pbx.db",
            on_committed=lambda batch: None,
            on_alarm=say,
            before_commit=self.sync,
        )
        for record in read(since_snapshot(folder / "journal", self.store.last_seq)):
            self._redo(record.body)
        epoch = max(last_epoch(folder / "journal"), self.store.last_epoch) + 1
        limits = JournalLimits(records_per_file=RECORDS_PER_FILE)
        journal = Journal(folder / "journal", group="a", epoch=epoch, limits=limits, on_alarm=say)
        self.journal = journal
        self.rotate(journal)
        self.store.start(epoch)

    def _redo(self, body: object) -> None:
        if isinstance(body, Snapshot):
            self.calls = int(body.state)
        elif isinstance(body, CallArrived):
            self.calls = body.leg
            self._put()

    def _put(self) -> None:
        before = (self.calls - 1) * NOTES_PER_CALL
        for seq, note in enumerate(notes_of(self.calls), before + 1):
            self.store.put(seq, note)

    def sync(self) -> None:
        assert self.journal is not None
        self.journal.sync()

    def rotate(self, journal: Journal) -> None:
        state = str(self.calls).encode()
        journal.rotate(state, seq=self.calls * NOTES_PER_CALL, wall_ms=0)

    def one_call(self) -> None:
        """One turn of the loop."""
        assert self.journal is not None
        self.calls += 1
        self.journal.append(self.journal.now + 1, CallArrived(self.calls, "trunk:gw", "1", "2"))
        self.journal.write()
        self._put()
        if self.journal.due_for_snapshot:
            self.rotate(self.journal)

    def close(self) -> None:
        assert self.journal is not None
        self.store.close()
        self.journal.close(self.calls)


def main() -> None:
    """Record until killed."""
    recorder = Recorder(Path(sys.argv[1]))
    pause = threading.Event()
    print("ready", flush=True)
    while True:
        recorder.one_call()
        print(recorder.calls, flush=True)
        pause.wait(PAUSE_S)


if __name__ == "__main__":
    main()
