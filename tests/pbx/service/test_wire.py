"""The wire: each trunk goes to its driver, and one that has none carries nothing and says so."""

from __future__ import annotations

from config.settings import Limits, Settings, Trunk
from pbx.commands import Ring
from pbx.events import Fact, Released, TrunkFound, TrunkLost
from pbx.service.wire import Wire
from tests.pbx.sip.ends import Bench

WHY = "its driver modem is not served yet"


def a_wire(bench: Bench, **trunks: Trunk) -> Wire:
    return Wire(bench.agent, Settings(trunk=trunks), clock=lambda: bench.now, on_turn=print)


def told(wire: Wire) -> list[Fact]:
    facts = wire.facts[:]
    wire.facts.clear()
    return facts


def test_a_trunk_whose_driver_is_not_served_is_lost_from_the_start() -> None:
    bench = Bench()
    wire = a_wire(bench, line=Trunk(driver="modem"), gw=Trunk(host="192.0.2.20"))
    assert told(wire) == [TrunkLost("line", WHY)]
    wire.tick(bench.now)
    assert told(wire) == []


def test_a_call_by_it_ends_at_once_and_one_by_another_goes_out() -> None:
    bench = Bench()
    wire = a_wire(bench, line=Trunk(driver="modem"), gw=Trunk(host="192.0.2.20"))
    told(wire)
    for leg, trunk in ((2, "line"), (4, "gone"), (6, "gw")):
        ring = Ring(leg, f"trunk:{trunk}", "5551", "201", "", expires_ms=9_000)
        wire.obey(ring, bench.now)
    assert told(wire) == [Released(2, 38), Released(4, 38)]
    assert [message.method for message in bench.says()] == ["INVITE"]


def test_a_reload_tells_what_has_a_driver_now_and_what_has_none_any_more() -> None:
    bench = Bench()
    wire = a_wire(bench, line=Trunk(driver="modem"), gw=Trunk(host="192.0.2.20"))
    told(wire)
    found = Trunk(host="192.0.2.21")
    swapped = Settings(trunk={"line": found, "gw": Trunk(driver="modem")})
    wire.reconfigure(swapped, bench.now)
    assert told(wire) == [TrunkFound("line"), TrunkLost("gw", WHY)]
    wire.reconfigure(swapped, bench.now)
    assert told(wire) == []
    wire.reconfigure(Settings(trunk={"line": found}), bench.now)
    assert told(wire) == []


def test_the_limit_of_transactions_is_the_settings_and_a_reload_changes_it() -> None:
    bench = Bench()
    plain = Settings()
    wire = Wire(bench.agent, plain, clock=lambda: bench.now, on_turn=print)
    assert bench.agent.transactions.most == plain.limits.transactions
    wire.reconfigure(Settings(limits=Limits(transactions=7)), bench.now)
    assert bench.agent.transactions.most == 7
