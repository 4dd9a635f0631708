"""What a call-flow test saw: the far end of each leg, what it heard, and the trail of it all."""

from __future__ import annotations

TRAIL_SHOWN = 14  # lines below a step that failed


class Line:
    """The far end of a leg. `name` is the caller's in the test, or the extension or trunk."""

    def __init__(
        self, leg: int, party: str, *, name: str, is_incoming: bool = False, **shown: str
    ) -> None:
        self.leg = leg
        self.party = party
        self.name = name
        self.is_incoming = is_incoming
        self.calling = shown.get("calling", "")  # what its display shows
        self.number = shown.get("number", "")  # what a trunk shall dial
        self.rings = False
        self.is_up = False
        self.is_gone = False
        self.partner = 0  # the leg it is joined with
        self.turn = 0  # rises when it is told something new
        self.pin_of = ""  # the agent whose PIN its keys are now
        self.typed = ""
        self.sounds: tuple[str, ...] = ()
        self._heard: list[tuple[str, ...]] = []
        self._asked = 0

    def hear(self, sounds: tuple[str, ...]) -> None:
        """From now on it hears these."""
        self.sounds = sounds
        self._heard.append(sounds)

    def has_heard(self, wanted: tuple[str, ...]) -> bool:
        """Whether it has heard this since it was last asked; then asks go on from there.

        What has no end, such as music, it may also still hear.
        """
        for index in range(self._asked, len(self._heard)):
            if is_in(wanted, self._heard[index]):
                self._asked = index + 1
                return True
        has_end = any("/" in each for each in self.sounds)
        return not self.is_gone and not has_end and is_in(wanted, self.sounds)

    def since_asked(self) -> str:
        """What it heard since it was last asked, in words."""
        later = [" ".join(sounds) for sounds in self._heard[self._asked :]]
        return ", then ".join(later) or f"{' '.join(self.sounds) or 'nothing'}, still"


def is_in(wanted: tuple[str, ...], sounds: tuple[str, ...]) -> bool:
    """Whether the wanted sounds are among these in a row; without a language, in any."""
    bare = tuple(each.rpartition("/")[2] for each in sounds)
    pairs = [
        [full if "/" in want else short for full, short in zip(sounds, bare, strict=True)]
        for want in wanted
    ]
    starts = range(len(sounds) - len(wanted) + 1)
    return any(all(pairs[n][at + n] == want for n, want in enumerate(wanted)) for at in starts)


class Trail:
    """All that happened, a line each, with its time from the start of the test."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, now: int, who: str, what: str) -> None:
        """Note something down."""
        self._lines.append(f"{clock(now):>9}  {who} {what}")

    def last(self) -> list[str]:
        """The end of it."""
        return self._lines[-TRAIL_SHOWN:]


def clock(now: int) -> str:
    """Milliseconds as a person reads them: 1:05:07.0 or 0:07.5."""
    minutes, ms = divmod(now, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{ms // 1000:02}.{ms % 1000 // 100}"
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"
