"""A UDP relay that loses what a seeded dice says: bad air between one peer and the exchange.

peer <---> peer_port | Lossy | site_port <---> exchange
"""

from __future__ import annotations

import random
import select
import socket
import threading


def _bound(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, 0))
    return made


class Lossy:
    """Relays both ways and drops `loss` of the datagrams of each way; `with Lossy(...) as relay`.

    The exchange sees the peer at `site_port`; the peer talks to `peer_port` as if that were the
    exchange. `site` is the exchange's address, `peer` where the peer listens; the relay is on the
    peer's host.
    """

    def __init__(
        self, site: tuple[str, int], peer: tuple[str, int], *, loss: float, seed: int
    ) -> None:
        self._site, self._peer = site, peer
        self._loss, self._dice = loss, random.Random(seed)
        self._to_site, self._to_peer = _bound(peer[0]), _bound(peer[0])
        self.site_port: int = self._to_site.getsockname()[1]
        self.peer_port: int = self._to_peer.getsockname()[1]
        self.passed = self.lost = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Lossy:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join(5)
        self._to_site.close()
        self._to_peer.close()

    def _run(self) -> None:
        ways = {
            self._to_site: (self._to_peer, self._peer),
            self._to_peer: (self._to_site, self._site),
        }
        while not self._stop.is_set():
            for near in select.select(list(ways), [], [], 0.2)[0]:
                self._pass(near, *ways[near])

    def _pass(self, near: socket.socket, out: socket.socket, far: tuple[str, int]) -> None:
        try:
            data = near.recv(65_535)
            if self._dice.random() < self._loss:
                self.lost += 1
                return
            out.sendto(data, far)
            self.passed += 1
        except ConnectionRefusedError:  # an earlier datagram found nobody
            self.lost += 1
