"""Datagrams of a UDP socket, many by one system call each way."""

class Datagrams:
    """The socket `fd`, bound and non-blocking, which stays the caller's; at most `batch` at once.

    A place is an address in the system's own form: bytes, equal for equal addresses."""

    def __init__(self, fd: int, *, is_ipv6: bool = False, batch: int = 64) -> None: ...
    def receive(self) -> list[tuple[bytes, bytes]]:
        """What waits, oldest first, each with the place it came from; fewer than `batch` means
        that nothing is left."""

    def send(self, messages: list[tuple[bytes, bytes]]) -> int:
        """Send each to its place, in order; how many the system did not take."""

    def place(self, host: str, port: int) -> bytes:
        """The place of an IP literal and a port; ValueError for anything else."""

    def address(self, place: bytes) -> tuple[str, int]:
        """Host and port of a place."""
