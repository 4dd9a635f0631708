"""A small site for real peers (a gateway, a queue, phones), and what must hold after every test."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

from tests.peers.ends.sipp import CALLER_HOST, PHONE_HOST
from tests.ports import Ports
from tests.site import Site, until

QUEUE = {"offer_s": 3, "wrap_up_s": 0, "retry_s": 1, "release_s": 2, "pause_after_misses": 0}
NUMBER = "4001"
CLOSING = {
    "COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ABANDON", "EXITEMPTY", "EXITWITHKEY",
    "EXITWITHTIMEOUT",
}  # fmt: skip


def agent_of(extension: str) -> str:
    """The agent who sits at an extension of the plan."""
    return f"2{extension}"


class Plan:
    """The configuration of a site, as text, and the ports it stands on."""

    def __init__(self, ports: Ports, *, media: int = 400) -> None:
        self.sip_port, self.gateway_port = ports.one(), ports.one()
        self.media = ports.block(media)
        self.address = f"{PHONE_HOST}:{self.sip_port}"
        self._phones: list[str] = []
        self._first = ""  # the extension that numbers starting with 2 reach directly

    def fixed(self, port: int, *extensions: str, tcp: bool = False, ping_s: int = 0) -> Plan:
        """Agents whose phones are at a fixed contact; the extension goes into the Request-URI."""
        contact = f"sip:{PHONE_HOST}:{port}" + (";transport=tcp" if tcp else "")
        for extension in extensions:
            self._phones.append(
                f'[extension.{extension}]\ncontact = "{contact}"\nping_s = {ping_s}\n'
            )
            self._agent(extension)
        return self

    def registered(self, *extensions: str, password: str = "correct-horse") -> Plan:
        """Agents whose phones register (by MD5: baresip 1.0 gives up at the sight of SHA-256)."""
        for extension in extensions:
            self._phones.append(
                f'[extension.{extension}]\npassword = "{password}"\ndigest = ["md5"]\n'
            )
            self._agent(extension)
        return self

    def _agent(self, extension: str) -> None:
        self._first = self._first or extension
        self._phones.append(
            f'[agent.{agent_of(extension)}]\nextension = "{extension}"\nqueues = ["sales"]\n'
        )

    def toml(self, *, limits: str = "", **queue: int | str) -> str:
        """The whole configuration; `queue` are settings of the queue beside `QUEUE`."""
        settings = {**QUEUE, **queue}
        lines = "".join(f"{key} = {value!r}\n".replace("'", '"') for key, value in settings.items())
        return f"""
[sip]
listen = ["udp:{PHONE_HOST}:{self.sip_port}", "tcp:{PHONE_HOST}:{self.sip_port}"]
[media]
listen = "{PHONE_HOST}"
ports = [{self.media[0]}, {self.media[1]}]
codecs = ["PCMU", "PCMA"]
[limits]
{limits}
[trunk.gateway]
driver = "sip_gateway"
host = "{CALLER_HOST}:{self.gateway_port}"
[queue.sales]
{lines}
[[route]]
from = "gateway"
called = "{NUMBER}"
to = "queue:sales"
[[route]]
from = "gateway"
called = "2*"
to = "extension:{self._first}"
{"".join(self._phones)}
"""


def states(site: Site) -> dict[str, str]:
    """Each agent's state."""
    return {row["agent"]: row["state"] for row in site.ctl("agent.list")}


def at_rest(site: Site, timeout_s: float = 15) -> None:
    """Wait until all is over: no leg is left, every agent is ready."""

    def unrest() -> dict[str, Any]:
        busy = {agent: state for agent, state in states(site).items() if state != "ready"}
        legs = site.ctl("system.status")["legs"]
        return busy | ({"legs": legs} if legs else {})

    with suppress(AssertionError):
        until(lambda: not unrest(), timeout_s=timeout_s)
    assert not unrest(), f"still {unrest()} after {timeout_s} s"


def settled(site: Site, calls: int, *, timeout_s: float = 15) -> list[dict[str, Any]]:
    """Wait until all is over; each call has one record, each visit of the queue its one end.

    Returns the rows of `calls`, oldest first.
    """
    at_rest(site, timeout_s)
    until(lambda: len(site.rows("calls")) >= calls, what=f"{calls} rows")
    found = site.rows("calls")
    assert len(found) == calls, f"{len(found)} rows for {calls} calls"
    assert all(row["ended"] >= row["started"] for row in found)
    assert site.ctl("call.list") == []
    assert [row["uniqueid"] for row in site.rows("cdr")] == [row["id"] for row in found]
    until(lambda: not unfinished_visits(site), what=f"an end of {unfinished_visits(site)}")
    return found


def unfinished_visits(site: Site) -> Counter[str]:
    """The calls by how often they entered the queue more than they left it, by queue_log."""
    lines = site.queue_log()
    visits = Counter(line[1] for line in lines if line[4] == "ENTERQUEUE")
    visits.subtract(line[1] for line in lines if line[4] in CLOSING)
    return Counter({call: number for call, number in visits.items() if number})


def by_caller(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows of `calls` or `cdr` by the calling number."""
    return {row["calling" if "calling" in row else "src"]: row for row in rows}
