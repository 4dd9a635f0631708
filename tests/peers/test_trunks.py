"""Real trunks that fail, fall silent or come back late, and a provider that wants a login."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import PHONE_HOST, Sipp
from tests.ports import Ports
from tests.site import Site, until

pytestmark = pytest.mark.peer

HOSTS = {"first": "127.0.0.2", "second": "127.0.0.3"}
STAMP = re.compile(r"^-{20,} (\S+ \S+)$", re.MULTILINE)
SPEAKS = (steps.invite(), steps.answered(), steps.acknowledge(), steps.pause(200), steps.hang_up())
HEARS = '<recv request="INVITE"/>'
CHALLENGE = 'WWW-Authenticate: Digest realm="sip.example.net", nonce="n{}", qop="auth"'


def times(sipp: Sipp, start: str) -> list[float]:
    """When (s) it received or sent each message whose first line starts so."""
    path = sipp.folder / "messages.log"
    text = path.read_text() if path.exists() else ""
    parts = STAMP.split(text)[1:]
    return [
        datetime.fromisoformat(stamp).timestamp()
        for stamp, body in zip(parts[::2], parts[1::2], strict=True)
        if f"\n{start}" in body.replace("\r", "")
    ]


class Lines:
    """A site with one phone that dials 9 for the trunks `first`, then `second`."""

    def __init__(self, folder: Path, ports: Ports, serve: Callable[[str], Site]) -> None:
        self.folder, self._serve = folder, serve
        self.sip, self.phone, self.media = ports.one(), ports.one(), ports.block(100)
        self.ports = {name: ports.one() for name in HOSTS}
        self.made: list[Sipp] = []

    def serve(self, *, first: str = "", transport: str = "") -> Site:
        """Start the exchange; `first` are more settings of the first trunk."""
        more = {"first": first, "second": ""}
        trunks = "".join(
            f'[trunk.{name}]\nhost = "{transport if name == "first" else ""}'
            f'{host}:{self.ports[name]}"\n{more[name]}\n'
            for name, host in HOSTS.items()
        )
        return self._serve(f"""
[sip]
listen = ["udp:{PHONE_HOST}:{self.sip}", "tcp:{PHONE_HOST}:{self.sip}"]
[media]
listen = "{PHONE_HOST}"
ports = [{self.media[0]}, {self.media[1]}]
codecs = ["PCMU", "PCMA"]
[extension.201]
contact = "sip:{PHONE_HOST}:{self.phone}"
{trunks}
[[route]]
from = "extensions"
called = "9*"
strip = 1
to = "trunk:first,second"
[[route]]
from = "first"
called = "*"
to = "extension:201"
""")

    def trunk(self, name: str, *scenario: str) -> Sipp:
        """The far end of a trunk."""
        return self._sipp(HOSTS[name], self.ports[name]).answer(*scenario)

    def calls(self, *scenario: str, number: str = "95551000", calls: int = 1) -> Sipp:
        """The phone dials."""
        sipp = self._sipp(PHONE_HOST, self.phone)
        to = f"{PHONE_HOST}:{self.sip}"
        return sipp.call(*(scenario or SPEAKS), to=to, number=number, calls=calls, rate=5)

    def _sipp(self, host: str, port: int) -> Sipp:
        self.made.append(Sipp(self.folder / f"sipp{len(self.made)}", host=host, port=port))
        return self.made[-1]


@pytest.fixture
def lines(
    tmp_path: Path, free_ports: Ports, serve: Callable[[str], Site],
    request: pytest.FixtureRequest,
) -> Iterator[Lines]:  # fmt: skip
    found = Lines(tmp_path, free_ports, serve)
    yield found
    for sipp in found.made:
        sipp.stop()
        request.node.add_report_section("teardown", f"sipp {sipp.host}:{sipp.port}", sipp.why())


def row(site: Site, name: str) -> dict[str, Any]:
    """A trunk as the socket shows it."""
    found: dict[str, Any] = next(r for r in site.ctl("trunk.list") if r["trunk"] == name)
    return found


@pytest.mark.parametrize("code", [503, 500, 504])
def test_a_trunk_that_refuses_for_its_own_sake_leaves_the_call_to_the_next_at_once(
    lines: Lines, code: int
) -> None:
    site = lines.serve()
    first = lines.trunk("first", steps.invited(), steps.refuse(code))
    second = lines.trunk("second", *steps.TAKES)
    lines.calls(calls=3).succeeds()
    assert second.invited() == ["5551000"] * 3
    gaps = [b - a for a, b in zip(times(first, "INVITE"), times(second, "INVITE"), strict=True)]
    print(f"next INVITE after a {code}: {[round(gap * 1000, 1) for gap in gaps]} ms")
    assert min(gaps) < 0.2
    assert row(site, "first")["state"] == "up"


@pytest.mark.parametrize("code", [486, 480, 404, 603])
def test_what_the_called_party_says_is_said_to_the_caller_and_no_other_trunk_is_tried(
    lines: Lines, code: int
) -> None:
    lines.serve()
    lines.trunk("first", steps.invited(), steps.refuse(code))
    second = lines.trunk("second", *steps.TAKES)
    lines.calls(steps.invite(), steps.refused(code)).succeeds()
    assert second.invited() == []


def test_a_silent_trunk_costs_one_call_three_seconds_and_the_next_ones_nothing(
    lines: Lines,
) -> None:
    site = lines.serve()
    first = lines.trunk("first", HEARS, steps.pause(60_000))
    second = lines.trunk("second", *steps.TAKES)
    lines.calls().succeeds()
    gap = times(second, "INVITE")[0] - times(first, "INVITE")[0]
    print(f"next INVITE after silence: {gap:.3f} s")
    assert 2.9 < gap < 4
    assert row(site, "first")["why"] == "no answer to a call"
    before = len(times(first, "INVITE"))
    caller = lines.calls().succeeds()
    assert times(second, "INVITE")[1] - times(caller, "INVITE")[0] < 1
    assert len(times(first, "INVITE")) == before


def test_a_trunk_where_nothing_listens_is_passed_over_in_time(lines: Lines) -> None:
    lines.serve()
    second = lines.trunk("second", *steps.TAKES)
    caller = lines.calls().succeeds()
    gap = times(second, "INVITE")[0] - times(caller, "INVITE")[0]
    print(f"next INVITE where nothing listens: {gap:.3f} s")
    assert gap < 4


def test_a_connection_refused_leads_to_the_next_at_once(lines: Lines) -> None:
    site = lines.serve(transport="tcp:")
    second = lines.trunk("second", *steps.TAKES)
    caller = lines.calls().succeeds()
    gap = times(second, "INVITE")[0] - times(caller, "INVITE")[0]
    print(f"next INVITE after a refused connection: {gap * 1000:.1f} ms")
    assert gap < 1
    until(lambda: row(site, "first")["state"] == "down", what="the trunk is lost")


def test_a_trunk_that_answers_after_it_was_given_up_is_hung_up_and_nobody_hears_it(
    lines: Lines,
) -> None:
    site = lines.serve()
    late = (steps.invited(), steps.pause(4_500), steps.accept(), steps.acknowledged(),
            steps.released())  # fmt: skip
    first = lines.trunk("first", *late)
    lines.trunk("second", *steps.TAKES)
    talks = (*SPEAKS[:3], steps.pause(4_000), SPEAKS[4])
    lines.calls(*talks).succeeds()
    until(lambda: first.messages("BYE") == 1, what="a BYE for the late answer")
    assert first.messages("ACK") == 1
    assert site.ctl("system.status")["legs"] == 0
    (call,) = until(lambda: site.rows("calls"), what="the record")
    assert (call["outcome"], call["direction"]) == ("answered", "out")


def test_a_trunk_that_rings_after_it_was_given_up_is_cancelled(lines: Lines) -> None:
    lines.serve()
    first = lines.trunk("first", steps.invited(), steps.pause(4_000), steps.provisional(),
                        steps.cancelled())  # fmt: skip
    lines.trunk("second", *steps.TAKES)
    lines.calls(*SPEAKS[:3], steps.pause(3_000), SPEAKS[4]).succeeds()
    until(lambda: first.messages("CANCEL") == 1, what="a CANCEL for the late ringing")


def test_a_pinged_trunk_is_lost_when_it_falls_silent_and_found_when_it_is_back(
    lines: Lines,
) -> None:
    site = lines.serve(first="ping_s = 1\n")
    first = lines.trunk("first", *steps.TAKES)
    until(lambda: first.messages("OPTIONS") > 1, what="pings")
    assert row(site, "first")["state"] == "up"
    first.stop()
    until(lambda: row(site, "first")["state"] == "down", what="the trunk is lost")
    assert row(site, "first")["why"] == "no answer to OPTIONS"
    lines.trunk("first", *steps.TAKES)
    until(lambda: row(site, "first")["state"] == "up", what="the trunk is found")


def test_a_trunk_lost_before_a_crash_is_not_lost_after_it(lines: Lines) -> None:
    site = lines.serve()
    caller = lines.calls(steps.invite(), steps.refused(503))
    until(lambda: row(site, "second")["state"] == "down", what="both trunks are lost")
    caller.stop()
    site.kill()
    site.start()
    assert [row(site, name)["state"] for name in HOSTS] == ["up", "up"]


LOGIN = 'register = true\nusername = "alice"\npassword = "correct-horse"\n'


def register(expires: int) -> str:
    """A REGISTER; it must bring this many seconds, and what it says is kept for the answer."""
    return f"""<recv request="REGISTER" rrs="true"><action>
    <ereg regexp="expires={expires}$" search_in="hdr" header="Contact:" check_it="true"
     assign_to="time"/></action></recv><Reference variables="time"/>"""


def verified(mark: int) -> str:
    """A REGISTER whose login is right; else the scenario ends with an error."""
    return f"""<recv request="REGISTER"><action>
    <verifyauth assign_to="right{mark}" username="alice" password="correct-horse"/>
    </action></recv><nop test="right{mark}" next="{mark}"/>
    <nop><action><error message="a wrong login"/></action></nop><label id="{mark}"/>"""


def challenged(number: int = 1) -> str:
    text = steps.response("401 Unauthorized", tag="p")
    return steps.send(text.replace("Content-Length", f"{CHALLENGE.format(number)}\nContent-Length"))


def granted(seconds: int) -> str:
    text = steps.response("200 OK", tag="p")
    return steps.send(text.replace("Content-Length", f"Expires: {seconds}\nContent-Length"))


def test_a_provider_gets_a_right_login_and_its_registration_is_renewed_in_time(
    lines: Lines,
) -> None:
    first = lines.trunk("first", register(3600), challenged(), verified(1), granted(4),
                        verified(2), granted(600), steps.pause(60_000))  # fmt: skip
    site = lines.serve(first=LOGIN)
    until(lambda: row(site, "first")["state"] == "up", what="registered")
    until(lambda: first.messages("REGISTER") == 3, what="renewed")
    second, third = times(first, "REGISTER")[1:]
    print(f"renewed after {third - second:.2f} s of 4 s")
    assert 3.3 < third - second < 3.8
    assert row(site, "first")["state"] == "up"


def test_a_wrong_login_is_told_and_calls_go_by_the_next_trunk(lines: Lines) -> None:
    refuses = (register(3600), challenged(1), register(3600), challenged(2), steps.pause(60_000))
    first = lines.trunk("first", *refuses)
    second = lines.trunk("second", *steps.TAKES)
    site = lines.serve(first=LOGIN)
    why = "the provider refuses the login (401 Unauthorized)"
    until(lambda: row(site, "first")["why"] == why, what=why)
    caller = lines.calls().succeeds()
    assert times(second, "INVITE")[0] - times(caller, "INVITE")[0] < 1
    assert first.messages("INVITE") == 0
