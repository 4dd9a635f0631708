"""Telephones of our own: real SIP and real RTP on loopback, for those who play the far end.

    play: call answer hang_up hold speak -> user agent, media thread -> sockets
    sockets -> facts (CallArrived, Alerting, Answered, Released) -> `on_fact`

All of them share one user agent, one media thread and the sockets they are given: the first socket
is the gateway's, the second that of the desk phones. They run in a process of their own.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from config.settings import Settings, Sip
from drivers.hosts import split_place
from drivers.sip_port import SipPort
from kernel.media.control import Media, raise_descriptor_limit
from pbx.commands import Ring
from pbx.events import Fact, leg_number
from pbx.service.demo.speech import VOICES, room, speech
from pbx.sip.agent import UserAgent
from pbx.sip.dialog.leg import Line
from pbx.sip.dialog.session import Session
from pbx.sip.dialog.uac import Target
from pbx.sip.message.received import Flow
from pbx.sip.message.sdp import SENDONLY, SENDRECV
from pbx.sip.message.uri import escape

EXCHANGE = "trunk:exchange"
ROOM = 1
TALKING = 2  # the first voice; twice as many as voices: those who begin, those who listen first
CODECS = ("PCMA", "PCMU")
NORMAL, BUSY = 16, 17  # causes (Q.850)


class SoftPhones:
    """Phones and a gateway towards one exchange. `on_fact` is told what happens to their legs."""

    def __init__(
        self,
        exchange: str,
        *,
        places: Sequence[str],
        ports: tuple[int, int],
        on_fact: Callable[[Fact], None],
    ) -> None:
        self._on_fact = on_fact
        self._exchange = split_place(exchange)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0
        self._legs = 0
        host = split_place(places[0])[0]
        raise_descriptor_limit()
        self.media = Media(host=host, ports=ports)
        self.agent = UserAgent(secret=secrets.token_bytes(32), epoch=1, sound=self.media)
        self.agent.identity.sound_address = host
        self.agent.lines[EXCHANGE] = Line(CODECS)
        self.agent.access.set_trunks([(self._exchange[0], EXCHANGE)])
        settings = Settings(sip=Sip(listen=tuple(f"udp:{place}" for place in places)))
        self._port = SipPort(self.agent, settings, clock=self.now, on_turn=self._turn)

    @staticmethod
    def now() -> int:
        """Milliseconds of the monotonic clock."""
        return time.monotonic_ns() // 1_000_000

    async def open(self) -> None:
        """Learn to speak, and listen; OSError if a port is taken."""
        self.media.load(ROOM, room())
        for number, voice in enumerate(VOICES):
            self.media.load(TALKING + 2 * number, speech(voice))
            self.media.load(TALKING + 2 * number + 1, speech(voice, listens_first=True))
        self.media.start()
        self._loop.add_reader(self.media.fileno(), self._heard)
        await self._port.open()

    def close(self) -> None:
        """Fall silent."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self.media.fileno())
        self._port.close()
        self.media.stop()

    # ---- what a person does with a telephone

    def call(self, number: str, calling: str, *, name: str = "", socket: int = 0) -> int:
        """Dial; the leg's number."""
        self._legs += 1
        leg = leg_number(1, self._legs, incoming=False)
        host, port = self._exchange
        flow = Flow("udp", host, port, 0, socket)
        target = Target(f"sip:{escape(number)}@{host}:{port}", flow)
        self.agent.ring(Ring(leg, EXCHANGE, number, calling, name), [target], self.now())
        self._turn_soon()
        return leg

    def alert(self, leg: int) -> None:
        """Ring."""
        self.agent.alert(leg, self.now())
        self._turn_soon()

    def answer(self, leg: int) -> None:
        """Lift the receiver."""
        self.agent.answer(leg, 0, self.now())
        self._turn_soon()

    def hang_up(self, leg: int, cause: int = NORMAL) -> None:
        """End the call, give up the attempt, or refuse."""
        self.agent.release(leg, cause, self.now())
        self._turn_soon()

    def hold(self, leg: int, *, is_held: bool) -> None:
        """Put the far end on hold, or take it back."""
        session = self.agent.legs.get(leg)
        if isinstance(session, Session):
            session.change(self.now(), SENDONLY if is_held else SENDRECV)
            self._turn_soon()

    def pass_on(self, leg: int, number: str) -> None:
        """Lead the far end to another number (REFER); the exchange hangs up when it is there."""
        session = self.agent.legs.get(leg)
        if session is not None and session.dialog is not None:
            host, port = self._exchange
            refer_to = f"<sip:{escape(number)}@{host}:{port}>"
            contact = self.agent.identity.contact(session.dialog.flow)
            asked = session.dialog.request("REFER", [("Refer-To", refer_to), contact])
            self.agent.transactions.request(asked, session.dialog.hop, self.now())
            self._turn_soon()

    def speak(self, leg: int, voice: int, *, listens_first: bool) -> None:
        """Talk in one of the `VOICES`."""
        self._play(leg, TALKING + 2 * (voice % len(VOICES)) + listens_first)

    def wait(self, leg: int) -> None:
        """Say nothing; the line is not dead for that."""
        self._play(leg, ROOM)

    def press(self, leg: int, digits: str) -> None:
        """Press keys."""
        with suppress(KeyError, OSError):  # hung up meanwhile, or the far end takes no keys
            self.media.send_digits(leg, digits)

    def _play(self, leg: int, sound: int) -> None:
        with suppress(KeyError):  # hung up meanwhile
            self.media.play(leg, sound)

    # ---- turns

    def _turn_soon(self) -> None:
        self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Tell what has happened, send what there is to be said, wake up in time."""
        facts = self.agent.facts
        while facts:
            taken = facts[:]
            facts.clear()
            for fact in taken:
                self._on_fact(fact)
        self._port.flush()
        deadline = self._port.next_deadline()
        if deadline is not None and (self._timer is None or deadline < self._timer_at):
            if self._timer is not None:
                self._timer.cancel()
            self._timer_at = deadline
            delay_s = max(0, deadline - self.now()) / 1000
            self._timer = self._loop.call_later(delay_s, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._port.tick(self.now())
        self._turn()

    def _heard(self) -> None:
        self.media.reports()
