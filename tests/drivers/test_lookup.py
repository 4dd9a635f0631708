"""Names that are not found at first: looked up again, in a thread, and the trunk placed then."""

from __future__ import annotations

import threading

from config.settings import Extension, Settings, Trunk
from drivers.lookup import Lookup
from drivers.phones import Phones
from drivers.sip_gateway import SipGateway
from pbx.events import TrunkLost
from pbx.sip.dialog.uac import Target
from pbx.sip.message.received import Flow
from tests.drivers.lines import drain, settings_of
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
    assert lookup.take(["here", "here"], 0) == {"here": HERE}
    assert lookup.due is None and names.asked == [("here", True)]


def test_what_is_not_found_is_looked_up_beside_the_calls_every_half_minute() -> None:
    names = Names(here=HERE)
    lookup = Lookup(names.look)
    assert lookup.take(["here", "there"], 1_000) == {"here": HERE}
    assert lookup.due == 31_000 and lookup.tick(30_999) == {}
    names.known["there"] = THERE
    assert found(lookup, 31_000) == {"there": THERE}
    assert names.asked[2:] == [("there", False)] and lookup.due is None


def test_a_text_that_is_no_place_is_not_looked_up_again() -> None:
    lookup = Lookup(Names().look)
    assert lookup.take(["srv:example.net", "here:x"], 0) == {}
    assert lookup.due is None


def test_a_reload_forgets_what_is_not_asked_for_any_more() -> None:
    names = Names(there=THERE)
    lookup = Lookup(names.look)
    lookup.take(["nowhere"], 0)
    lookup.tick(30_000)
    assert lookup.take(["192.0.2.9"], 30_000) == {}
    assert lookup.due is None and lookup.tick(90_000) == {}


def test_a_reload_waits_for_no_name_and_keeps_what_is_known() -> None:
    names = Names(here=HERE)
    lookup = Lookup(names.look)
    lookup.take(["here"], 0)
    names.known["there"] = THERE
    assert lookup.take(["here", "there"], 1_000) == {"here": HERE}
    assert names.asked == [("here", True)] and lookup.due == 1_000
    assert found(lookup, 1_000) == {"there": THERE}
    assert names.asked[1:] == [("here", False), ("there", False)]
    assert lookup.due is None


def test_a_reload_looks_for_known_names_again_and_tells_those_that_have_moved() -> None:
    names = Names(here=HERE, there=THERE)
    lookup = Lookup(names.look)
    lookup.take(["here", "there"], 0)
    names.known = {"here": THERE}
    assert lookup.take(["here", "there"], 0) == {"here": HERE, "there": THERE}
    assert found(lookup, 0) == {"here": THERE}
    assert lookup.due is None
    assert lookup.take(["there"], 90_000) == {"there": THERE}, "not found again: it stays"


def test_an_address_is_no_name_and_known_at_once() -> None:
    names = Names(**{"192.0.2.20": HERE, "tcp:[2001:db8::1]:5070": THERE})
    lookup = Lookup(names.look)
    lookup.take([], 0)
    assert lookup.take(list(names.known), 0) == names.known
    assert lookup.due is None


def test_a_name_asked_for_while_another_look_is_under_way_comes_right_after_it() -> None:
    gate, names = threading.Event(), Names(there=THERE)

    def look(place: str) -> Flow | None:
        if place == "slow" and threading.current_thread() is not threading.main_thread():
            gate.wait(10)
        return names.look(place)

    lookup = Lookup(look)
    lookup.take(["slow"], 0)
    assert lookup.tick(30_000) == {}
    assert lookup.take(["slow", "there"], 30_000) == {}
    assert lookup.tick(30_000) == {} and lookup.due == 30_500
    gate.set()
    times = iter(range(30_500, 59_000, 500))
    assert until(lambda: lookup.tick(next(times))) == {"there": THERE}


def test_a_fixed_phone_is_placed_when_its_name_is_found() -> None:
    names, bench = Names(), Bench()
    extension = Extension(contact="sip:there:5060;transport=tcp")
    settings = Settings(extension={"201": extension})
    phones = Phones(bench.agent, settings, now=bench.now, look=names.look)
    assert phones.targets("201") == [] and names.asked == [("tcp:there:5060", True)]
    names.known["tcp:there:5060"] = THERE
    phones.reconfigure(settings, bench.now)
    times = iter(range(bench.now, bench.now + 20_000, 500))

    def placed() -> list[Target]:
        phones.tick(next(times))
        return phones.targets("201")

    (target,) = until(placed)
    assert target == Target("sip:201@there:5060;transport=tcp", THERE)
    assert {seen for _, seen in names.asked[1:]} == {False}


def test_a_trunk_is_placed_when_its_name_is_found_at_last() -> None:
    names, bench = Names(), Bench()
    trunk = Trunk(host="there", register=True, username="alice", password="secret")
    gateway = SipGateway(bench.agent, settings_of({"gw": trunk}), now=bench.now, look=names.look)
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
