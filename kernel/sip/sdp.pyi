"""Session descriptions, read in one pass."""

from collections.abc import Sequence

class Stream:
    kind: str
    port: int
    proto: str
    formats: str
    host: str
    direction: str
    ptime: int
    event: int
    codecs: tuple[str, ...]
    others: tuple[int, ...]

class Description:
    host: str
    direction: str
    streams: list[Stream]

    def audio(
        self, codecs: Sequence[str], start: int
    ) -> tuple[int, str, str, Stream] | None: ...

BODY_MAX: int
LINES_MAX: int
STREAMS_MAX: int

def parse(body: bytes) -> Description: ...
