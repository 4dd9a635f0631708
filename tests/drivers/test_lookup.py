"""Names that are not found at first: looked up again, in a thread, and the trunk placed then."""

from __future__ import annotations

import threading

from config.settings import Trunk
from drivers.lookup import Lookup
from drivers.sip_gateway import SipGateway
from drivers.trunk import drain
from pbx.events import TrunkLost
from pbx.sip.message import Flow
from tests.drivers.lines import settings_of
from tests.pbx.sip.ends import Bench
from tests.site import until

HERE, THERE = Flow("udp", "192.0.2.20", 5060), Flow("udp", "192.0.2.21", 5060)


class Names:
    """A name server: what it knows, and who asked in which thread."""

    def __init__(self, **known: Flow) -> None:
        self.known = known
        self.asked: list[tuple[str, bool]] = []

    def look(self, place: str) -> Flow | None:
        self.asked.append((place, threading.current_thread() is threading.main_thread()))
        return self.known.get(place)


def found(lookup: Lookup, now: int) -> dict[str, Flow]:
    """What a look that begins at `now` finds."""
    assert lookup.tick(now) == {}
    times = iter(range(now, now + 100_000, 500))
    return until(lambda: lookup.tick(next(times)))


def test_what_is_found_at_once_is_never_looked_up_again() -> None:
    names = Names(here=HERE)
    lookup = Lookup(names.look)
    assert lookup.first(["here", "here"], 0) == {"here": HERE}
    assert lookup.next_deadline() is None and names.asked == [("here", True)]


def test_what_is_not_found_is_looked_up_beside_the_calls_every_half_minute() -> None:
    names = Names(here=HERE)
    lookup = Lookup(names.look)
    assert lookup.first(["here", "there"], 1_000) == {"here": HERE}
    assert lookup.next_deadline() == 31_000 and lookup.tick(30_999) == {}
    names.known["there"] = THERE
    assert found(lookup, 31_000) == {"there": THERE}
    assert names.asked[2:] == [("there", False)] and lookup.next_deadline() is None


def test_a_text_that_is_no_place_is_not_looked_up_again() -> None:
    lookup = Lookup(Names().look)
    assert lookup.first(["srv:example.net", "here:x"], 0) == {}
    assert lookup.next_deadline() is None


def test_a_reload_forgets_what_is_not_asked_for_any_more() -> None:
    names = Names(there=THERE)
    lookup = Lookup(names.look)
    lookup.first(["nowhere"], 0)
    lookup.tick(30_000)
    assert lookup.first(["there"], 30_000) == {"there": THERE}
    assert lookup.next_deadline() is None and lookup.tick(90_000) == {}


def test_a_trunk_is_placed_when_its_name_is_found_at_last() -> None:
    names, bench = Names(), Bench()
    trunk = Trunk(host="there", register=True, username="alice", password="secret")
    gateway = SipGateway(bench.agent, settings_of({"gw": trunk}), bench.now, names.look)
    gateway.tick(bench.now)
    assert drain(gateway) == [TrunkLost("gw", "its host has no address")]
    assert bench.agent.access.trunk_at(THERE.host) == ""
    names.known["there"] = THERE
    times = iter(range(bench.now + 30_000, bench.now + 90_000, 500))

    def placed() -> bool:
        gateway.tick(next(times))
        return bool(bench.agent.outbox)

    until(placed)
    (register,) = bench.says()
    assert register.flow == THERE and register.uri == "sip:there"
    assert bench.agent.access.trunk_at(THERE.host) == "trunk:gw"
    assert drain(gateway) == [TrunkLost("gw", "not registered yet")]
