"""The header index of a SIP message."""

NAMES: tuple[str, ...]
COMPACT: dict[str, str]
LINES_LIMIT: int

FINE: int
NOT_SIP: int
START_LINE: int
VERSION: int
CONTROL: int
LINE: int
LINES: int
TOO_LONG: int
UNENDED: int
LENGTH: int

class Head:
    data: bytes
    is_request: bool
    method: str
    uri: str
    reason: str
    code: int
    fault: int
    body: int
    content_length: int
    seen: int
    twice: int
    count: int

    def text(self, name: str) -> str | None: ...
    def texts(self, name: str) -> list[str]: ...
    def raws(self, name: str) -> list[bytes]: ...

def index(data: bytes, head_max: int, lines_max: int) -> Head: ...
