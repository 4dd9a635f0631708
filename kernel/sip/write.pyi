"""The bytes of a message that is sent."""

from collections.abc import Iterable

def assemble(start: bytes, headers: Iterable[tuple[str, str]], body: bytes) -> bytes: ...
