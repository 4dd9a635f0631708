"""A data directory with five calls, of which two are of one number: for tests about that number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pbx import notes
from pbx.events import CallArrived
from pbx.service.journal.journal import Journal, JournalLimits
from pbx.service.record.rows import Recording, Sound, Written
from tests.pbx.service.record.call_notes import START_MS, call_of, notes_of
from tests.pbx.service.record.store_site import Site

OTHER, NUMBER = "13800138000", "13900139111"  # of every other caller; of calls 2 and 4
WAV = "2026/11/22/{}.wav"
THEIRS = (2, 4)


def told(n: int) -> Iterator[notes.Note]:
    """The notes of call `n`, with its caller's number in them."""
    for note in notes_of(n):
        is_theirs = n in THEIRS and hasattr(note, "calling")
        yield msgspec.structs.replace(note, calling=f"+86{NUMBER}") if is_theirs else note


def keep(folder: Path) -> None:
    """A data directory with five calls, of which two are theirs and one is transferred to them."""
    site = Site(folder)
    store = site.store
    for n in range(1, 6):
        state = "deleted" if n == THEIRS[0] else "kept"
        store.put_beside(Recording(call_of(n), WAV.format(call_of(n)), n, n + 1.0, 1.0, 8, state))
        file = folder / "recordings" / WAV.format(call_of(n))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"sound %d" % n)
        store.put_beside(
            Sound(n, call_of(n), "trunk:gw", "PCMA", 1, 1, 0, 0.0, 0.0, 0.0, None, None)
        )
    store.put_beside(Written("li_na", "k1", 1.0, "call.transfer", json.dumps({"to": NUMBER}), "{}"))
    store.put_beside(Written("li_na", "k2", 1.0, "call.transfer", json.dumps({"to": OTHER}), "{}"))
    away = notes.Transferred(
        call_of(1), "sales", "2001", "client", f"9{NUMBER}", "done", START_MS + 1
    )
    site.keep([*(note for n in range(1, 6) for note in told(n)), away])
    journal = Journal(
        folder / "journal", group="a", epoch=1, limits=JournalLimits(), on_alarm=print
    )
    journal.rotate(b"a state", seq=0, wall_ms=0)
    for leg, calling in enumerate((OTHER, NUMBER, OTHER), 1):
        journal.append(leg, CallArrived(leg, "trunk:gw", calling, "4001"))
        journal.append(leg, None)
    dialog = f"From: <sip:+86{NUMBER}@gw>".encode()
    journal.append(9, CallArrived(9, "trunk:gw", "anonymous", "4001", dialog=dialog))
    journal.write()
    journal.close(0)
