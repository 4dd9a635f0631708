"""The SIP sockets, with real ones at the other end."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from config.settings import Extension, Limits, Settings, Sip
from drivers.phones import Phones
from drivers.sip_port import SipPort, complaint, is_outside, local_address
from pbx.commands import Ring
from pbx.events import DeviceLost, Released, TroubleSeen, Unbound
from pbx.sip.agent import UserAgent
from pbx.sip.message.framing import PING, PONG
from pbx.sip.message.received import Flow, Message, parse
from tests.pbx.sip.ends import Caller, Device, Ears, codes
from tests.waiting import passes, soon


def clock() -> int:
    """Milliseconds, as the daemon counts them."""
    return time.monotonic_ns() // 1_000_000


LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]


@pytest.fixture(params=["asyncio", "uvloop"], autouse=True)
def loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test on both event loops, where uvloop is installed."""
    if request.param == "uvloop":
        LOOPS.append(pytest.importorskip("uvloop").new_event_loop)
        yield
        LOOPS.pop()
    else:
        yield


class Stand:
    """A user agent on real sockets, turning as the daemon does."""

    def __init__(self, *listen: str, **limits: int) -> None:
        sip = Sip(listen=listen or ("udp:127.0.0.1:0", "tcp:127.0.0.1:0"), digest=("md5",))
        phones = {"201": Extension(password="secret")}
        self.settings = Settings(sip=sip, extension=phones, limits=Limits(**limits))
        self.agent = UserAgent(secret=b"s", epoch=1, sound=Ears())
        self.turns = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.port = SipPort(self.agent, self.settings, clock=clock, on_turn=self._turn)
        self.phones = Phones(self.agent, self.settings, clock())

    def _turn(self) -> None:
        self.turns += 1
        self.port.flush()

    def place(self, transport: str) -> tuple[str, int]:
        """Where it listens."""
        return self.port.places(transport)[0]


def run(body: Callable[[Stand], Awaitable[Any]], *listen: str, **limits: int) -> None:
    """Run a test against an open stand."""

    async def main() -> None:
        stand = Stand(*listen, **limits)
        await stand.port.open()
        try:
            await asyncio.wait_for(body(stand), 20)
        finally:
            stand.port.close()
            for writer in stand.writers:
                writer.close()
            await asyncio.gather(*(w.wait_closed() for w in stand.writers), return_exceptions=True)

    with asyncio.Runner(loop_factory=LOOPS[-1]) as runner:
        runner.run(main())


async def datagram(sock: socket.socket) -> Message:
    """The next message a UDP socket gets."""
    data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 65_535), 5)
    return parse(data)


def udp_end(place: tuple[str, int]) -> socket.socket:
    """A far end's UDP socket."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    sock.connect(place)
    return sock


def flow_at(sock: Any, transport: str = "udp") -> Flow:
    """A far end's own idea of where it is."""
    host, port = sock.getsockname()[:2]
    return Flow(transport, host, port)


def options(flow: Flow) -> bytes:
    """An OPTIONS to the exchange."""
    return Caller("1", flow).ask("OPTIONS")


async def read(reader: asyncio.StreamReader) -> Message:
    """The next message of a stream."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    length = int(head.rpartition(b"Content-Length:")[2])
    return parse(head + await reader.readexactly(length))


async def connect(stand: Stand) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Flow]:
    """A TCP connection to the stand."""
    reader, writer = await asyncio.open_connection(*stand.place("tcp"))
    stand.writers.append(writer)
    host, port = writer.get_extra_info("sockname")[:2]
    return reader, writer, Flow("tcp", host, port)


def test_a_datagram_is_answered_in_one_turn() -> None:
    async def body(stand: Stand) -> None:
        with udp_end(stand.place("udp")) as sock:
            for _ in range(40):
                sock.send(options(flow_at(sock)))
            for _ in range(40):
                assert codes([await datagram(sock)]) == [200]
            sock.send(b"\r\n\r\n")
            assert stand.turns <= 40

    run(body)


def test_a_stream_in_any_slices_is_answered_and_a_keep_alive_returned() -> None:
    async def body(stand: Stand) -> None:
        reader, writer, flow = await connect(stand)
        data = options(flow)
        for at in range(0, len(data), 7):
            writer.write(data[at : at + 7])
            await writer.drain()
        assert codes([await read(reader)]) == [200]
        writer.write(PING)
        assert await reader.readexactly(2) == PONG
        writer.write(data + data)
        assert codes([await read(reader), await read(reader)]) == [200, 200]
        writer.close()

    run(body)


def test_nonsense_on_a_stream_closes_it() -> None:
    async def body(stand: Stand) -> None:
        endless = b"OPTIONS sip:x SIP/2.0\r\n" + b"X: y\r\n" * 5_000
        for data in (b"\r\x16\x03\x01hello, this is no SIP", endless):
            reader, writer, _ = await connect(stand)
            writer.write(data)
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
        assert len(stand.port.streams) == 0

    run(body)


def test_one_address_cannot_take_all_connections() -> None:
    async def body(stand: Stand) -> None:
        held = [await connect(stand) for _ in range(3)]
        reader, writer, _ = await connect(stand)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert stand.port.streams.refused == 1
        for _, other, _ in held:
            other.close()
        writer.close()

    run(body, connections_per_address=3)


def test_the_connection_longest_idle_makes_room_unless_a_phone_is_on_it() -> None:
    async def body(stand: Stand) -> None:
        phone, idle, other = [await connect(stand) for _ in range(3)]
        for reader, writer, flow in (phone, other):
            writer.write(options(flow))
            assert codes([await read(reader)]) == [200]
        device = Device(phone[2])
        phone[1].write(device.register())
        phone[1].write(device.register(device.login(await read(phone[0]))))
        assert codes([await read(phone[0])]) == [200]
        streams = stand.port.streams
        for age, connection in zip((9_000, 8_000, 7_000), streams._open.values(), strict=True):
            connection.heard -= age
        new = await connect(stand)
        assert await asyncio.wait_for(idle[0].read(), 5) == b""
        for reader, writer, flow in (phone, other, new):
            writer.write(options(flow))
            assert codes([await read(reader)]) == [200]
        assert (streams.refused, len(streams)) == (0, 3)
        alarms = [fact for fact in stand.agent.facts if isinstance(fact, TroubleSeen)]
        assert [alarm.name for alarm in alarms] == ["connections"]
        for _, writer, _ in (phone, other, new):
            writer.close()

    run(body, connections=3)


def test_a_request_begun_and_never_ended_is_cut_off() -> None:
    async def body(stand: Stand) -> None:
        reader, writer, flow = await connect(stand)
        writer.write(options(flow)[:50])
        await writer.drain()
        await soon(lambda: len(stand.port.streams))
        await passes(0.2)  # what was sent is read
        stand.port.tick(clock() + 21_000)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()

    run(body)


def test_an_idle_connection_is_closed_unless_a_phone_is_on_it() -> None:
    async def body(stand: Stand) -> None:
        idle, _, _ = await connect(stand)
        reader, writer, flow = await connect(stand)
        device = Device(flow)
        writer.write(device.register())
        challenge = await read(reader)
        writer.write(device.register(device.login(challenge)))
        assert codes([await read(reader)]) == [200]
        stand.port.tick(clock() + 130_000)
        assert await asyncio.wait_for(idle.read(), 5) == b""
        assert len(stand.port.streams) == 1
        stand.agent.facts.clear()
        writer.close()
        await soon(lambda: stand.agent.facts)
        assert isinstance(stand.agent.facts[0], Unbound)

    run(body)


def test_a_phone_is_rung_over_the_connection_it_registered_on() -> None:
    async def body(stand: Stand) -> None:
        reader, writer, flow = await connect(stand)
        device = Device(flow)
        writer.write(device.register())
        challenge = await read(reader)
        writer.write(device.register(device.login(challenge)))
        await read(reader)
        stand.phones.obey(Ring(4, "extension:201", "", "1", ""), clock())
        stand.port.flush()
        invite = await read(reader)
        assert invite.method == "INVITE" and invite.via.transport == "TCP"
        assert (invite.header("contact") or "").endswith(";transport=tcp>")
        writer.close()

    run(body)


def test_a_call_to_a_tcp_address_opens_a_connection() -> None:
    async def body(stand: Stand) -> None:
        got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.set_result(await reader.readuntil(b"\r\n\r\n"))
            writer.close()

        server = await asyncio.start_server(accepted, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        contact = f"sip:127.0.0.1:{port};transport=tcp"
        reconfigure(stand, Extension(contact=contact))
        stand.phones.obey(Ring(4, "extension:201", "", "1", ""), clock())
        stand.port.flush()
        assert (await asyncio.wait_for(got, 5)).startswith(b"INVITE sip:201@127.0.0.1")
        await soon(lambda: len(stand.agent.facts) >= 2)
        assert [type(fact) for fact in stand.agent.facts] == [DeviceLost, Released]
        server.close()

    run(body)


def test_a_tcp_address_where_nobody_listens_loses_the_phone_at_once() -> None:
    async def body(stand: Stand) -> None:
        reconfigure(stand, Extension(contact="sip:127.0.0.1:1;transport=tcp"))
        stand.phones.obey(Ring(4, "extension:201", "", "1", ""), clock())
        stand.port.flush()
        await soon(lambda: len(stand.agent.facts) >= 2)
        assert stand.agent.facts == [DeviceLost("201"), Released(4, 41, 503, True)]

    run(body)


def reconfigure(stand: Stand, extension: Extension) -> None:
    """Let 201 be something else."""
    settings = Settings(sip=stand.settings.sip, extension={"201": extension})
    stand.phones.reconfigure(settings, clock())


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    async def body(stand: Stand) -> None:
        for transport in ("udp", "tcp"):
            listen = f"{transport}:127.0.0.1:{stand.place(transport)[1]}"
            with pytest.raises(OSError, match=f"{listen} is in use: another program") as caught:
                await Stand(listen).port.open()
            assert caught.value.errno == errno.EADDRINUSE

    run(body)


def test_other_reasons_not_to_open_are_said_too() -> None:
    refused = OSError(errno.EACCES, "no")
    assert "privilege" in complaint("udp:0.0.0.0:80", refused)
    elsewhere = OSError(errno.EADDRNOTAVAIL, "no")
    assert "not an address of this machine" in complaint("udp:203.0.113.1:5060", elsewhere)

    async def main() -> None:
        with pytest.raises(OSError, match="TLS is not served yet"):
            await Stand("tls:127.0.0.1:0").port.open()

    asyncio.run(main())


def test_what_is_said_before_the_port_is_open_waits() -> None:
    async def main() -> None:
        stand = Stand()
        with udp_end(("127.0.0.1", 9)) as sock:
            host, port = sock.getsockname()
            sock.connect(("127.0.0.1", 9))
            stand.agent.outbox.append((Flow("udp", host, port), b"early"))
            stand.port.flush()
            assert len(stand.agent.outbox) == 1
            await stand.port.open()
            sock.connect(stand.place("udp"))
            stand.port.flush()
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 100), 5)
            assert data == b"early"
        stand.port.close()

    asyncio.run(main())


def test_our_address_is_the_one_that_the_far_end_sees() -> None:
    async def body(stand: Stand) -> None:
        port = stand.place("udp")[1]
        assert stand.port.address(Flow("udp", "127.0.0.9", 5060)) == ("127.0.0.1", port)
        assert stand.agent.identity.sound_host(Flow("udp", "127.0.0.9", 5060)) == "127.0.0.1"

    run(body, "udp:0.0.0.0:0")
    assert local_address("::1") == "::1"


def test_the_external_address_is_for_the_outside_only() -> None:
    agent = UserAgent(secret=b"s", epoch=1, sound=Ears())
    sip = Sip(listen=("udp:127.0.0.1:5060",), external="203.0.113.7")
    SipPort(agent, Settings(sip=sip), clock=clock, on_turn=lambda: None)
    assert agent.identity.address(Flow("udp", "198.51.100.1", 5060)) == ("203.0.113.7", 5060)
    assert agent.identity.address(Flow("udp", "192.168.1.5", 5060)) == ("127.0.0.1", 5060)
    assert [is_outside(host) for host in ("::1", "fd00::1", "2001:db8::1")] == [False, False, True]
