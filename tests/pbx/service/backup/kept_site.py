"""A site that does not run, with something of everything in its data directory."""

from __future__ import annotations

from pathlib import Path

from pbx.events import ClockRead
from pbx.exchange import Exchange
from pbx.service.backup.backup import Site, back_up
from pbx.service.backup.restore import Place, restore
from pbx.service.journal.journal import Journal, JournalLimits
from pbx.service.record.versions import Version
from pbx.state import State
from tests.pbx.service.record.call_notes import notes_of
from tests.pbx.service.record.store_site import Site as Record

STAMP = "20261201-120000"
CALLS = 3
RECORDED = "recordings/2026/12/01/a00001-00000001.wav"
FILES = {
    "secret": b"s" * 32,
    "prompts/zh/welcome.wav": b"RIFF welcome",
    "voicemail/li_na/1.wav": b"RIFF message",
    RECORDED: b"RIFF" + b"sound" * 1000,
}
CONFIG = {"pbx.toml": b"[queue.sales]\n", "conf.d/more.toml": b"[queue.more]\n"}


class KeptSite:
    """Its folders and files; a start was number 1, and the last note is in the database."""

    def __init__(self, folder: Path) -> None:
        self.data, self.config = folder / "data", folder / "etc" / "pbx.toml"
        write(self.data, FILES)
        write(self.config.parent, CONFIG)
        self.journal()
        record = Record(self.data)
        version = {str(self.config): CONFIG["pbx.toml"]}
        record.store.put_beside(Version("aaaa1111", 1e9, "start", (), version).row())
        record.keep(note for number in range(1, CALLS + 1) for note in notes_of(number))
        self.last_seq = max(record.committed)

    def journal(self, *, seq: int = 0, epoch: int = 1) -> Path:
        """Another file of the journal, which begins behind note `seq`; and the file."""
        journal = Journal(
            self.data / "journal", group="a", epoch=epoch, limits=JournalLimits(), on_alarm=print
        )
        assert journal.rotate(Exchange(State(group="a")).snapshot(), seq=seq, wall_ms=0)
        journal.append(journal.now + 10, ClockRead(1_700_000_000_000))
        journal.write()
        journal.close(0)
        return max((self.data / "journal").glob("*.log"))

    @property
    def site(self) -> Site:
        """To be backed up."""
        return Site(self.data, self.config)

    def backed_up(self, dest: Path, *, has_recordings: bool = True) -> Path:
        """Its backup there."""
        back_up(self.site, dest, has_recordings=has_recordings)
        return dest

    def backed_up_of_record(self, dest: Path) -> Path:
        """The same, with the configuration that the record knows of."""
        back_up(Site(self.data), dest)
        return dest


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write each file below a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder but locks."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if path.suffix != ".lock" and path.name != "lock"
    }


def restored(src: Path, data: Path, config: Path | None = None) -> list[str]:
    """Restore it; what is said."""
    return list(restore(src, Place(data, config), stamp=STAMP))
