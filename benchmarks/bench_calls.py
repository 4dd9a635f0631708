"""The running exchange under sipp: start, queue calls, waiting callers, the next call of an agent.

Each figure is of one `pbx serve` process on loopback, with its record kept, beside Asterisk's from
its baseline. Audio is negotiated; only music is sent.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.promise import line, percentile
from tests.peers.ends import steps
from tests.peers.ends.sipp import CALLER_HOST, PHONE_HOST, Sipp
from tests.peers.plan import NUMBER, Plan
from tests.ports import Ports
from tests.site import Site, until

PORTS = Ports()
RATE, CALLS, TALK_MS = 100, 1_500, 200
WAITING, FREE_AGENTS = 1_000, 10
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
MENU_NUMBER = "4002"
MENU = f"""
[menu.main]
prompt = "welcome"
keys = {{ "1" = "queue:sales" }}
otherwise = "hangup"
[[route]]
from = "gateway"
called = "{MENU_NUMBER}"
to = "menu:main"
"""
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


class Used(NamedTuple):
    """What a process had used at a moment: CPU seconds, resident MB."""

    cpu_s: float
    resident_mb: float


def used(site: Site) -> Used:
    folder = Path(f"/proc/{site.pid}")
    fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
    pages = int((folder / "statm").read_text().split()[1])
    return Used((int(fields[11]) + int(fields[12])) * TICK_S, pages * PAGE_MB)


def rest(seconds: float) -> None:
    threading.Event().wait(seconds)


def a_talk(hold_ms: int) -> tuple[str, ...]:
    """A caller who hangs up `hold_ms` after the queue's answer."""
    return (
        steps.invite(), steps.answered(), steps.acknowledge(), steps.pause(hold_ms),
        steps.hang_up(),
    )  # fmt: skip


def a_talk_by_a_menu(hold_ms: int) -> tuple[str, ...]:
    """The same behind a menu; the key is a message (INFO), which costs more than one by RTP."""
    kind = "Content-Type: application/dtmf-relay"
    info = steps.request("INFO", cseq=2, branch="info", extra=(kind,)) + "\nSignal=1\nDuration=99"
    invite = steps.invite().replace("RTP/AVP 0 101", "RTP/AVP 0")
    invite = invite.replace("a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n", "")
    return (
        invite, steps.answered(), steps.acknowledge(), steps.pause(100),
        steps.send(info, again=True), steps.receive(200), steps.pause(hold_ms),
        steps.hang_up().replace("CSeq: 2", "CSeq: 3"),
    )  # fmt: skip


class Bench:
    """A site with agents behind one sipp; sipps are stopped and the site ends with the `with`."""

    def __init__(self, folder: Path, agents: int, *, more: str = "") -> None:
        self.folder, self.plan = folder, Plan(PORTS, media=8_000)
        self.port = PORTS.one()
        numbers = [str(number) for number in range(1_001, 1_001 + agents)]
        self.site = Site(folder, self.plan.fixed(self.port, *numbers).toml() + more)
        self.sipps: list[Sipp] = []

    def sipp(self, port: int, host: str) -> Sipp:
        self.sipps.append(Sipp(self.folder / f"sipp{len(self.sipps)}", host=host, port=port))
        return self.sipps[-1].under_load()

    def answer_at_once(self) -> Sipp:
        """Agents who ring, answer and wait for the caller's BYE."""
        return self.agents(
            steps.invited(), steps.provisional(), steps.accept(), steps.acknowledged(),
            steps.released(),
        )  # fmt: skip

    def agents(self, *what: str) -> Sipp:
        return self.sipp(self.port, PHONE_HOST).answer(*what)

    def callers(
        self, *what: str, calls: int, number: str = NUMBER, rate: int = RATE
    ) -> Sipp:
        caller = self.sipp(self.plan.gateway_port, CALLER_HOST)
        return caller.call(*what, to=self.plan.address, number=number, calls=calls, rate=rate)


@contextmanager
def bench(agents: int, more: str = "") -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        made = Bench(Path(folder), agents, more=more)
        try:
            made.site.start()
            yield made
        finally:
            made.site.kill()
            for each in made.sipps:
                each.stop()


def start() -> Iterator[str]:
    """Exec to the `ready ` line, and memory 2 s later, with 400 extensions and agents."""
    seconds, resident = [], []
    for _ in range(4):
        with bench(400) as made:
            rest(2)
            seconds.append(made.site.ready_s)
            resident.append(used(made.site).resident_mb)
    yield line("start_to_ready_s", statistics.median(seconds[1:]), most=0.5, peer=0.357)
    yield line("idle_memory_mb", statistics.median(resident), most=50, peer=37.5)


def answer_times_ms(callers: Sipp) -> list[float]:
    """INVITE to 200 of each call."""
    begun: dict[str, float] = {}
    times = []
    for at, way, call, cseq, first in callers.short_messages():
        if way == "S" and first.startswith("INVITE"):
            begun.setdefault(call, float(at))
        elif way == "R" and first.startswith("SIP/2.0 200") and cseq.endswith("INVITE"):
            times.append(1_000 * (float(at) - begun.pop(call, float(at))))
    return times


def calls(agents: int, peer_ms: float) -> Iterator[str]:
    """Queue calls at 100 a second, each talked for 200 ms."""
    with bench(agents) as made:
        made.answer_at_once()
        before = used(made.site)
        callers = made.callers(*a_talk(TALK_MS), calls=CALLS)
        code = callers.wait(90)
        until(lambda: made.site.ctl("system.status")["legs"] == 0, what="all over")
        spent_ms = 1_000 * (used(made.site).cpu_s - before.cpu_s) / CALLS
        until(lambda: len(made.site.rows("calls")) >= CALLS, what="every record")
        failed = sum(row["outcome"] != "answered" for row in made.site.rows("calls"))
        setup_ms = percentile(answer_times_ms(callers), 99)
    name = f"queue_call_{agents}_agents"
    yield line(f"{name}_cpu_ms", spent_ms, most=1.5, peer=peer_ms)
    yield line(f"{name}_setup_p99_ms", setup_ms, most=20, peer=8)
    yield line(f"{name}_failed_of_{CALLS}", failed + (code != 0), most=0, digits=0)


def menu() -> Iterator[str]:
    """The same calls by a menu, its prompt and a key."""
    with bench(50, MENU) as made:
        made.answer_at_once()
        before = used(made.site)
        callers = made.callers(*a_talk_by_a_menu(TALK_MS), calls=CALLS, number=MENU_NUMBER)
        code = callers.wait(90)
        until(lambda: made.site.ctl("system.status")["legs"] == 0, what="all over")
        spent_ms = 1_000 * (used(made.site).cpu_s - before.cpu_s) / CALLS
        until(lambda: len(made.site.rows("calls")) >= CALLS, what="every record")
        failed = sum(row["outcome"] != "answered" for row in made.site.rows("calls"))
    yield line("menu_and_queue_call_cpu_ms", spent_ms, most=1.7)
    yield line(f"menu_and_queue_call_failed_of_{CALLS}", failed + (code != 0), most=0, digits=0)


def waiting() -> Iterator[str]:
    """A thousand silent callers who hear music, agents paused."""
    with bench(1) as made:
        made.site.ctl("agent.pause", agent="21001", reason="benchmark")
        rest(1)
        idle = used(made.site)
        made.callers(*a_talk(60_000), calls=WAITING)
        until(
            lambda: len(made.site.ctl("queue.status", queue="sales")["waiting"]) == WAITING,
            timeout_s=40,
            what="all are waiting",
        )
        rest(1)
        first, begun = used(made.site), time.monotonic()
        rest(8)
        last, seconds = used(made.site), time.monotonic() - begun
    percent = 100 * (last.cpu_s - first.cpu_s) / seconds
    each_kib = 1_024 * (last.resident_mb - idle.resident_mb) / WAITING
    yield line("waiting_1000_cpu_percent", percent, most=25, peer=170, digits=1)
    yield line("waiting_caller_kib", each_kib, most=40, peer=152, digits=1)


def agent_gaps_ms(agents: Sipp) -> list[float]:
    """From an agent's BYE (it is free) to that agent's next INVITE."""
    agent_of: dict[str, str] = {}
    free_at: dict[str, float] = {}
    gaps = []
    for at, way, call, _cseq, first in agents.short_messages():
        if way == "R" and first.startswith("INVITE") and call not in agent_of:
            agent = agent_of[call] = first.split("@")[0]
            if agent in free_at:
                gaps.append(1_000 * (float(at) - free_at.pop(agent)))
        elif way == "S" and first.startswith("BYE"):
            free_at.setdefault(agent_of[call], float(at))
    return gaps


def agent_free() -> Iterator[str]:
    """Ten agents hang up after 0.5 to 1.5 s each, a thousand callers wait."""
    with bench(FREE_AGENTS) as made:
        agents = made.agents(
            steps.invited(), steps.accept(),
            steps.hang_up_as_agent(steps.pause_between(500, 1_500)),
        )  # fmt: skip
        made.callers(
            steps.invite(), steps.answered(), steps.acknowledge(), steps.released(),
            calls=WAITING + 250,
        )  # fmt: skip
        rest(WAITING / RATE + 15)
        gaps = agent_gaps_ms(agents)[-120:]
    yield line("agent_free_to_invite_p50_ms", percentile(gaps, 50), most=2, peer=516)
    yield line("agent_free_to_invite_p99_ms", percentile(gaps, 99), most=10, peer=1_099)


PARTS: tuple[Callable[[], Iterator[str]], ...] = (
    start,
    lambda: calls(50, peer_ms=6.2),
    lambda: calls(200, peer_ms=6.5),
    menu,
    waiting,
    agent_free,
)


def main() -> None:
    for part in PARTS:
        for each in part():
            print(each, flush=True)


if __name__ == "__main__":
    main()
