"""Real baresip phones: registered, answering by themselves, steered over their control port.

Each phone plays a tone from a file and writes what it hears to another, so that a test can say
which tone arrived. Commands and events are netstrings of JSON (`ctrl_tcp`).
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np

from tests.peers.ends.sipp import peer
from tests.site import until

RATE_HZ = 8_000
MODULES = "/usr/lib/baresip/modules"
CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{sip}
audio_player aubridge,x
audio_source aufile,{tone}
audio_alert aubridge,y
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports {first}-{last}
net_interface 127.0.0.1
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
"""


def write_tone(path: Path, hz: int, seconds: int = 60) -> None:
    """A sine at a quarter of full scale, 8 kHz mono: long, as the call ends where the file does."""
    at = np.arange(RATE_HZ * seconds) / RATE_HZ
    samples = (8_000 * np.sin(2 * np.pi * hz * at)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def loudest_hz(path: Path) -> float:
    """The strongest frequency in the last second that was written to a WAV file; 0 if silent.

    baresip leaves the header's length unset until the end, so the samples are read as they lie.
    """
    samples = np.frombuffer(path.read_bytes()[44:].ljust(2, b"\0"), "<i2", count=-1)[-RATE_HZ:]
    if len(samples) < RATE_HZ // 2 or np.abs(samples).max() < 500:
        return 0.0
    strength = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(strength.argmax() * RATE_HZ / len(samples))


class Baresip:
    """One phone; `account` is everything after the address in baresip's accounts file."""

    def __init__(self, folder: Path, address: str, *, tone_hz: int, ports: tuple[int, int]) -> None:
        """`ports` is a block of at least 24: SIP, its TLS, control, then RTP."""
        self.folder, self.address = folder, address
        first, last = ports
        self._control_port = first + 2
        folder.mkdir(parents=True)
        tone = folder / "tone.wav"
        write_tone(tone, tone_hz)
        text = CONFIG.format(
            sip=first, control=first + 2, first=first + 4, last=last,
            tone=tone, folder=folder, modules=MODULES,
        )  # fmt: skip
        (folder / "config").write_text(text)
        (folder / "contacts").write_text("")
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._unread = b""
        self.events: list[dict[str, Any]] = []

    def start(self, account: str, *, until_it_says: str = "200 OK") -> Baresip:
        """Run the phone; returns once it has written the answer to its REGISTER."""
        (self.folder / "accounts").write_text(f"<{self.address}>;{account}\n")
        with (self.folder / "screen.txt").open("wb") as screen:
            self._process = subprocess.Popen(
                [peer("baresip"), "-f", str(self.folder)],
                stdout=screen, stderr=screen, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self._link = until(self._connected, what=f"control port\n{self.why()}")
        until(lambda: until_it_says in self.why(), what=f"{until_it_says}\n{self.why()}")
        return self

    def _connected(self) -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", self._control_port), 5)
        except ConnectionRefusedError:
            return None

    def command(self, command: str, params: str = "") -> None:
        """Give one command of baresip's menu, such as `dial` or `hangup`."""
        assert self._link is not None, "not started"
        text = json.dumps({"command": command, "params": params, "token": command})
        self._link.sendall(b"%d:%s," % (len(text), text.encode()))

    def await_event(self, kind: str, timeout_s: float = 10) -> dict[str, Any]:
        """The first event of this type that no one has awaited yet."""
        end = time.monotonic() + timeout_s
        while not (found := next((e for e in self.events if e.get("type") == kind), None)):
            left = end - time.monotonic()
            assert left > 0, f"no {kind} within {timeout_s} s: {self.events}\n{self.why()}"
            self._receive(left)
        self.events.remove(found)
        return found

    def _receive(self, timeout_s: float) -> None:
        assert self._link is not None, "not started"
        self._link.settimeout(timeout_s)
        try:
            data = self._link.recv(65_536)
        except TimeoutError:
            return
        assert data, f"baresip has gone\n{self.why()}"
        self._unread += data
        while b":" in self._unread:
            size, _, rest = self._unread.partition(b":")
            if len(rest) <= int(size):
                return
            self.events.append(json.loads(rest[: int(size)]))
            self._unread = rest[int(size) + 1 :]

    def hears_hz(self) -> float:
        """The tone the phone has heard last in its latest call."""
        dumps = sorted(self.folder.glob("*-dec.wav"), key=lambda path: path.stat().st_mtime)
        return loudest_hz(dumps[-1]) if dumps else 0.0

    def stop(self) -> None:
        """SIGKILL: the phone vanishes without a word."""
        if self._link is not None:
            self._link.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def why(self) -> str:
        """The end of what the phone wrote."""
        screen = self.folder / "screen.txt"
        return screen.read_text(errors="replace")[-3000:] if screen.exists() else ""
