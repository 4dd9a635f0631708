"""The console as a process in a terminal, on a real exchange."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import Ports
from tests.shared import ROOT
from tests.site import PBX, Site, run_pbx, until

TOML = """
[site]
name = "Clinic"
language = "{language}"
[sip]
listen = ["udp:127.0.0.1:{port}"]
[queue.sales]
[extension.201]
contact = "sip:127.0.0.1:{phone}"
[agent.2001]
name = "王小明"
extension = "201"
queues = ["sales"]
"""


class Terminal:
    """A console on a pty; what it writes is kept as text."""

    def __init__(self, *words: str, term: str = "xterm-256color") -> None:
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("4H", 36, 120, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "PBX_SOCKET"}
        self.process = subprocess.Popen(
            [*PBX, "console", *words], stdin=far, stdout=far, stderr=far, cwd=ROOT,
            env=environment | {"TERM": term, "COLORTERM": ""},
        )  # fmt: skip
        os.close(far)
        self._written = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._near, 65536)
            except OSError:  # the console has gone
                return
            self._written += data

    @property
    def text(self) -> str:
        return self._written.decode(errors="replace")

    def sees(self, word: str) -> None:
        until(lambda: word in self.text, timeout_s=20, what=word)

    def forget(self) -> None:
        self._written = b""

    def press(self, keys: str) -> None:
        os.write(self._near, keys.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._reader.join(10)
        os.close(self._near)


@contextmanager
def console(site: Site, *words: str, term: str = "xterm-256color") -> Iterator[Terminal]:
    terminal = Terminal("--data", str(site.data), *words, term=term)
    try:
        yield terminal
    finally:
        terminal.close()


def a_site(ports: Ports, language: str = "en") -> str:
    return TOML.format(port=ports.one(), phone=ports.one(), language=language)


def test_the_console_shows_a_real_exchange_and_acts_on_it(
    serve: Callable[[str], Site], free_ports: Ports
) -> None:
    site = serve(a_site(free_ports))
    with console(site) as it:
        it.sees("sales")
        it.press("2")
        it.sees("王小明")
        it.sees("READY")
        it.press("p")
        it.sees("Reason?")
        it.press("tea\r")
        until(lambda: site.ctl("agent.list")[0]["state"] == "paused")
        it.sees("PAUSE")
        assert site.ctl("agent.list")[0]["reason"] == "tea"
        it.press("q")
        assert it.process.wait(10) == 0


def test_a_console_outlives_its_exchange_and_finds_the_next(
    serve: Callable[[str], Site], free_ports: Ports
) -> None:
    site = serve(a_site(free_ports, "zh"))
    with console(site) as it:
        it.sees("总览")
        site.kill()
        it.sees("连接中断")
        it.forget()
        site.start()
        it.press("2")
        it.sees("空闲")
        it.process.send_signal(signal.SIGKILL)
        it.process.wait(10)
        assert site.ctl("system.status")["faults"] == 0


def test_the_linux_console_gets_english(serve: Callable[[str], Site], free_ports: Ports) -> None:
    site = serve(a_site(free_ports, "zh"))
    with console(site, term="linux") as it:
        it.sees("Wall")
        it.press("L")
        it.sees("kmscon")
        assert "总览" not in it.text


def test_a_slow_line_has_timers_by_the_minute(
    serve: Callable[[str], Site], free_ports: Ports
) -> None:
    site = serve(a_site(free_ports))
    with console(site, "--slow") as it:
        it.sees("Wall")
        it.press("2")
        it.sees(" 0m")


def test_without_a_terminal_the_console_says_what_to_do_instead(tmp_path: Path) -> None:
    done = run_pbx("console", "--data", tmp_path)
    assert done.returncode == 1
    assert "pbx watch" in done.stderr


@pytest.mark.parametrize("words", [["--lang", "fr"], ["--socket", "a", "--data", "b"], ["x"]])
def test_wrong_usage_is_exit_2(words: list[str]) -> None:
    done = run_pbx("console", *words)
    assert done.returncode == 2
    assert "usage: pbx console" in done.stderr
