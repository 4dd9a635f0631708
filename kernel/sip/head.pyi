"""The head of a SIP message."""

NAMES: tuple[str, ...]
COMPACT: dict[str, str]
NUMBERS: dict[str, int]

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
    def has(self, name: str) -> bool: ...
    def texts(self, name: str) -> list[str]: ...
    def raws(self, name: str) -> list[bytes]: ...
