"""RTP ends for sipp's calls: each sends its own mark every 20 ms and remembers the marks it hears.

An end learns where to send from the first packet it gets (music, or the far end's mark), as a phone
behind NAT is learnt. G.711 passes the exchange untouched, so a mark that arrives proves who is
joined with whom.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections import Counter

FRAME_S = 0.02
MARK = struct.Struct("!H")
HEADER = struct.Struct("!BBHII")


class End:
    """One phone's sound: its port, its mark, and how often it heard which mark."""

    def __init__(self, mark: int, host: str = "127.0.0.1") -> None:
        self.mark = mark
        self.heard: Counter[int] = Counter()
        self.packets = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self._far: tuple[str, int] | None = None
        self._sent = 0
        self._is_muted = False

    def mute(self) -> None:
        """Send nothing any more."""
        self._is_muted = True

    def receive(self) -> None:
        """Take what has arrived; a payload that is one mark over and over is that mark."""
        while True:
            try:
                data, self._far = self.socket.recvfrom(2048)
            except OSError:  # drained, or the far port was closed
                return
            self.packets += 1
            payload = data[HEADER.size :]
            if len(payload) >= MARK.size and payload == payload[: MARK.size] * (len(payload) // 2):
                self.heard[MARK.unpack_from(payload)[0]] += 1

    def send(self) -> None:
        """The next packet of the mark."""
        self._sent += 1
        head = HEADER.pack(0x80, 0, self._sent & 0xFFFF, self._sent * 160, 0xA6000000 + self.mark)
        self.send_packet(head + MARK.pack(self.mark) * 80)

    def send_packet(self, packet: bytes) -> None:
        """To the far end, if it is known and we are not muted."""
        if self._far is None or self._is_muted:
            return
        try:
            self.socket.sendto(packet, self._far)
        except OSError:  # nobody there any more
            self._far = None


class Sound:
    """A thread that paces all ends; `with Sound(callers, agents) as sound`."""

    def __init__(self, callers: int, agents: int, *, kind: type[End] = End) -> None:
        self.callers = [kind(1_000 + number) for number in range(callers)]
        self.agents = [kind(30_000 + number) for number in range(agents)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Sound:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join(5)
        for end in (*self.callers, *self.agents):
            end.socket.close()

    def _run(self) -> None:
        ends = (*self.callers, *self.agents)
        with selectors.DefaultSelector() as selector:
            for end in ends:
                selector.register(end.socket, selectors.EVENT_READ, end)
            due = time.monotonic()
            while not self._stop.is_set():
                for key, _mask in selector.select(max(0.0, due - time.monotonic())):
                    key.data.receive()
                if time.monotonic() >= due:
                    due += FRAME_S
                    for end in ends:
                        end.send()

    def pairs(self, least: int = 5) -> dict[int, int]:
        """Caller's index -> agent's index where each heard the other at least `least` times."""
        return {
            number: other
            for number, caller in enumerate(self.callers)
            for other, agent in enumerate(self.agents)
            if min(caller.heard[agent.mark], agent.heard[caller.mark]) >= least
        }
