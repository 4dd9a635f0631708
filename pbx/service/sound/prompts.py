"""The catalogue of sounds: each name the exchange may say, with its number at the media thread.

    music ringback busy congestion      1 to 4: repeat until something else is played
    PLAYOUT                             5: a little silence, which ends whatever is said
    zh/welcome en/number_12 …           16 on: played once; a name keeps its number at a reload

Prompts are WAV files `LANGUAGE/NAME.wav`, of the data directory's `prompts` first, then the shipped
ones. A file that cannot be played is an alarm and never stops anything: the shipped one is heard.
"""

from __future__ import annotations

import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from kernel.media.control import SOUNDS_MAX
from pbx.service.sound import sound_files as sounds
from pbx.service.sound import tones
from pbx.service.sound.sound_files import SHIPPED, SoundError

MUSIC = "music"
REPEATED = {MUSIC: 1, tones.RINGBACK: 2, tones.BUSY: 3, tones.CONGESTION: 4}
PLAYOUT = 5
PLAYOUT_MS = 120  # a phone plays what waits in its jitter buffer only while more comes
FIRST = 16
LANGUAGES = ("en", "zh")
FALLBACK = "en"
ALARM = "sound"

Alarm = Callable[[str, str], None]
Stamp = tuple[Path, int, int]  # a file, its bytes, when it was written (ns)


class Loads(Protocol):
    """What takes the samples: the media thread."""

    def load(self, sound: int, samples: Any, *, loop: bool = True) -> None:
        """See `kernel.media.control`."""


class Reading(NamedTuple):
    """What `Catalog.read` found: the file of each sound, and the samples of those that are new."""

    stamps: dict[str, Stamp]
    samples: dict[str, array.array[int]]
    country: str
    alarms: list[str]


class Catalog:
    """All sounds of a site. `on_alarm` takes the name and the text of an alarm."""

    def __init__(self, media: Loads, folder: Path, *, on_alarm: Alarm) -> None:
        """`folder` is the site's own `prompts`, which need not be there."""
        self._media = media
        self._folder = folder
        self._on_alarm = on_alarm
        self._numbers: dict[str, int] = {}  # kept when a file goes, for one that comes back
        self._stamps: dict[str, Stamp] = {}  # what is loaded
        self._missed: set[str] = set()
        self._country = ""
        quiet = array.array("h", bytes(2 * PLAYOUT_MS * tones.RATE // 1000))
        media.load(PLAYOUT, quiet, loop=False)

    def load(self, *, music: str, country: str) -> None:
        """`read` and `take` in one go, at the start."""
        self.take(self.read(music=music, country=country))

    def read(self, *, music: str, country: str) -> Reading:
        """Read the files that are new or changed since the last `take`.

        `music` is a WAV file or "" for the shipped one, `country` one of `tones.TONES`. This takes
        up to 3 s for 10 min of sound at 44.1 kHz; it changes nothing and may run in a thread.
        """
        reading = Reading({}, {}, country, [])
        found = _found(self._folder, reading.alarms)
        found[MUSIC] = [*([Path(music)] if music else []), SHIPPED / "music.wav"]
        for name, files in found.items():
            self._read(name, files, reading=reading)
        return reading

    def take(self, reading: Reading) -> None:
        """Put in force what was read: load it, forget what is gone, tell what is wrong."""
        self._missed.clear()
        if reading.country != self._country:
            self._country = reading.country
            for name, tone in tones.TONES[reading.country].items():
                self._media.load(REPEATED[name], tones.samples(tone))
        left_out = [name for name in list(reading.samples)
                    if not self._take(name, reading.samples.pop(name))]  # fmt: skip
        self._stamps = {name: stamp for name, stamp in reading.stamps.items()
                        if name not in left_out}  # fmt: skip
        for text in reading.alarms:
            self._on_alarm(ALARM, text)
        if left_out:
            text = f"{len(left_out)} prompts are not loaded, among them {left_out[0]}"
            self._on_alarm(ALARM, f"{text}: there may be {SOUNDS_MAX - FIRST}")

    def number_of(self, name: str) -> int:
        """The number to play `name` by: a prompt as `LANGUAGE/NAME`, or one that repeats.

        A prompt that the language lacks is taken in English. 0 where there is none, with an alarm
        for the first time of each name.
        """
        if name in self._stamps or name in tones.NAMES:
            return REPEATED.get(name) or self._numbers[name]
        spare = f"{FALLBACK}/{name.partition('/')[2]}"
        if spare in self._stamps:
            return self._numbers[spare]
        if name not in self._missed:
            self._missed.add(name)
            self._on_alarm(
                ALARM,
                f"there is no prompt {name}: put it into {self._folder / name}.wav and reload",
            )
        return 0

    def __contains__(self, name: str) -> bool:
        """Whether this very prompt, in this language, can be heard."""
        return name in self._stamps

    def __len__(self) -> int:
        return len(self._stamps)

    def _read(self, name: str, files: list[Path], *, reading: Reading) -> None:
        """Read the first of `files` that can be played, if it is not loaded already."""
        for file in files:
            try:
                stamp = _stamp(file)
                if self._stamps.get(name) != stamp:
                    reading.samples[name] = _samples(name, file)
                reading.stamps[name] = stamp
                return
            except SoundError as error:
                spare = "; until then the shipped one is heard" if file != files[-1] else ""
                reading.alarms.append(f"{error}{spare}")

    def _take(self, name: str, samples: array.array[int]) -> bool:
        number = REPEATED.get(name) or self._numbers.get(name) or FIRST + len(self._numbers)
        if number >= SOUNDS_MAX:
            return False
        if name not in REPEATED:
            self._numbers[name] = number
        self._media.load(number, samples, loop=name in REPEATED)
        return True


def _found(folder: Path, alarms: list[str]) -> dict[str, list[Path]]:
    """The files of each prompt, the one to prefer first; those with a shipped one lead."""
    own, shipped = ({f"{file.parent.name}/{file.stem}": file
                     for language in LANGUAGES for file in _files(each / language, alarms)}
                    for each in (folder, SHIPPED))  # fmt: skip
    names = [*shipped, *(name for name in own if name not in shipped)]
    return {name: [each[name] for each in (own, shipped) if name in each] for name in names}


def _files(folder: Path, alarms: list[str]) -> list[Path]:
    """The sound files of a folder, by name; others are an alarm."""
    try:
        files = sorted(file for file in folder.iterdir() if not file.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        alarms.append(f"{folder}: {error.strerror}; make it readable for this user")
        return []
    sound = [file for file in files if file.suffix == ".wav" and file.is_file()]
    others = [file for file in files if file not in sound]
    alarms += [f"{file}: prompts are files NAME.wav; this is not read" for file in others]
    return sound


def _stamp(file: Path) -> Stamp:
    try:
        status = file.stat()
    except OSError as error:
        raise SoundError(f"{file}: {error.strerror}") from None
    return file, status.st_size, status.st_mtime_ns


def _samples(name: str, file: Path) -> array.array[int]:
    return sounds.music(str(file)) if name == MUSIC else sounds.read(file)
