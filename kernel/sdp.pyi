"""Session descriptions, read in one pass."""

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

class Description:
    host: str
    direction: str
    streams: list[Stream]

BODY_MAX: int
LINES_MAX: int
STREAMS_MAX: int

def parse(body: bytes) -> Description: ...
