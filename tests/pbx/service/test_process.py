"""`pbx serve` while it starts and while it stops: what comes then hurts nobody and is not lost."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pbx.sip.message.received import Flow, parse
from tests.pbx.sip.ends import ANN, Device
from tests.ports import Ports
from tests.site import CallRefused, Site, until

Serve = Callable[[str], Site]
CALM = ("Traceback", "Error", "never retrieved", "alarm fault")


def a_site(port: int, more: str = "") -> str:
    return f"""
[sip]
listen = ["udp:127.0.0.1:{port}", "tcp:127.0.0.1:{port}"]
[media]
listen = "127.0.0.1"
[extension.201]
password = "secret"
[agent.2001]
extension = "201"
queues = ["sales"]
[queue.sales]
{more}
"""


def stopped_calmly(site: Site) -> None:
    """It ends with 0, replays, and nothing was raised where nobody hears it."""
    assert site.stop() == 0
    said = site.log.read_text()
    assert not [word for word in CALM if word in said], said


@contextlib.contextmanager
def registered(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Phones of extension 201, each registered over a TCP connection of its own."""
    with contextlib.ExitStack() as links:
        yield [links.enter_context(a_phone(port, f"phone{number}")) for number in range(count)]


def a_phone(port: int, name: str) -> socket.socket:
    """A connection over which a phone is registered."""
    link = socket.create_connection(("127.0.0.1", port), 5)
    phone = Device(Flow("tcp", *link.getsockname()), name)
    link.sendall(phone.register())
    challenge = parse(link.recv(65536))
    link.sendall(phone.register(phone.login(challenge, ANN)))
    assert parse(link.recv(65536)).code == 200
    return link


def test_phones_whose_connections_end_with_the_exchange_trouble_nobody(
    serve: Serve, free_ports: Ports
) -> None:
    port = free_ports.one()
    site = serve(a_site(port))
    with registered(port, 5):
        (row,) = site.ctl("phone.list")
        assert len(row["bindings"]) == 5
        stopped_calmly(site)


def test_a_phone_whose_connection_is_lost_while_calls_run_out_is_no_fault(
    serve: Serve, free_ports: Ports
) -> None:
    port = free_ports.one()
    site = serve(a_site(port))
    with registered(port, 3) as links:
        site.process.send_signal(signal.SIGTERM)
        for link in links:
            link.close()
        stopped_calmly(site)


def test_what_comes_while_it_stops_is_dropped_calmly(serve: Serve, free_ports: Ports) -> None:
    """Datagrams, connections that come and go, clients that ask: until the process has ended."""
    port = free_ports.one()
    site = serve(a_site(port))
    over = threading.Event()

    def harass() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    sock.sendto(b"OPTIONS sip:x SIP/2.0\r\n" * 3, ("127.0.0.1", port))
                    socket.create_connection(("127.0.0.1", port), 1).close()
                with contextlib.suppress(OSError, CallRefused, ValueError):
                    site.ctl("agent.pause", agent="2001")

    threads = [threading.Thread(target=harass) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        stopped_calmly(site)
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_reload_under_way_at_the_end_is_let_go(serve: Serve, free_ports: Ports) -> None:
    site = serve(a_site(free_ports.one()))
    for _ in range(5):
        site.ctl("config.reload")
    stopped_calmly(site)


def test_a_hang_up_signal_while_it_stops_reloads_nothing(serve: Serve, free_ports: Ports) -> None:
    """Of two signals that wait together the system delivers SIGHUP first, which is then no late
    one: the process is tried until one has come late."""
    for _ in range(8):
        port = free_ports.one()
        site = serve(a_site(port))
        site.config.write_text(a_site(port, "[queue.support]\n"))
        site.process.send_signal(signal.SIGTERM)
        site.process.send_signal(signal.SIGHUP)
        stopped_calmly(site)
        if "not reloaded: the exchange is stopping" in site.log.read_text():
            return
    raise AssertionError("no signal was told that it came too late")


@pytest.mark.parametrize("sign", ["secret", "control.sock", "journal/lock"])
def test_a_hang_up_signal_while_it_starts_is_obeyed_when_it_has(
    serve: Serve, free_ports: Ports, tmp_path: Path, sign: str
) -> None:
    """Sent as soon as a file stands that the start makes, wherever that is in the start."""
    port = free_ports.one()
    folder = tmp_path / "early"
    folder.mkdir()
    site = Site(folder, a_site(port))

    def hang_up() -> None:
        until((site.data / sign).exists, timeout_s=20)
        site.config.write_text(a_site(port, "[queue.support]\n"))
        site.process.send_signal(signal.SIGHUP)

    signalling = threading.Thread(target=hang_up)
    signalling.start()
    try:
        site.start()
        signalling.join()
        until(lambda: [row["queue"] for row in site.ctl("queue.list")] == ["sales", "support"])
        stopped_calmly(site)
    finally:
        signalling.join()
        site.kill()
