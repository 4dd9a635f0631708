"""Two exchanges: one is the provider that the other registers with, as a phone of its own would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import PHONE_HOST, Sipp
from tests.ports import Ports
from tests.site import Site, until

pytestmark = pytest.mark.peer

SPEAKS = (steps.invite(), steps.answered(), steps.acknowledge(), steps.pause(300), steps.hang_up())


class Two:
    """The provider with the account 500 and a phone 301; our site with a phone 201, which reaches
    the provider by 9 and is called as 500."""

    def __init__(self, ports: Ports, serve: Callable[[str], Site]) -> None:
        self._serve = serve
        self.theirs, self.ours = ports.one(), ports.one()
        self.phones = {"301": ports.one(), "201": ports.one()}
        self._media = ports.block(50), ports.block(50)

    def provider(self, digest: str = '["sha-256", "md5"]', max_s: int = 600) -> Site:
        return self._serve(f"""{self._head(self.theirs, 0)}
register_min_s = 1
register_max_s = {max_s}
digest = {digest}
[extension.500]
password = "correct-horse"
{self._phone("301")}
""")

    def site(self, password: str = "correct-horse") -> Site:
        return self._serve(self.toml(password))

    def toml(self, password: str = "correct-horse") -> str:
        return f"""{self._head(self.ours, 1)}
[trunk.provider]
host = "{PHONE_HOST}:{self.theirs}"
username = "500"
password = "{password}"
register = true
caller_id = "500"
{self._phone("201")}
[[route]]
from = "provider"
called = "500"
to = "extension:201"
[[route]]
from = "extensions"
called = "9*"
strip = 1
to = "trunk:provider"
"""

    def _head(self, port: int, number: int) -> str:
        first, last = self._media[number]
        return f"""[media]
listen = "{PHONE_HOST}"
ports = [{first}, {last}]
codecs = ["PCMU", "PCMA"]
[sip]
listen = ["udp:{PHONE_HOST}:{port}"]"""

    def _phone(self, number: str) -> str:
        return f'[extension.{number}]\ncontact = "sip:{PHONE_HOST}:{self.phones[number]}"'


@pytest.fixture
def two(free_ports: Ports, serve: Callable[[str], Site]) -> Two:
    return Two(free_ports, serve)


def trunk(site: Site) -> dict[str, Any]:
    """The trunk to the provider."""
    (found,) = site.ctl("trunk.list")
    return dict(found)


def bindings(provider: Site) -> list[dict[str, Any]]:
    """The contacts of the account at the provider."""
    (row,) = (row for row in provider.ctl("phone.list") if row["extension"] == "500")
    return list(row["bindings"])


def up(site: Site) -> None:
    until(lambda: trunk(site)["state"] == "up", what="registered")


def test_calls_go_both_ways_over_a_registered_trunk(
    two: Two, sipp: Callable[..., Sipp]
) -> None:
    provider, site = two.provider(), two.site()
    up(site)
    theirs = sipp(two.phones["301"]).answer(*steps.TAKES)
    outward = sipp(two.phones["201"])
    outward.call(*SPEAKS, to=f"{PHONE_HOST}:{two.ours}", number="9301").succeeds()
    assert theirs.invited() == ["301"]
    (call,) = until(lambda: provider.rows("calls"), what="the record")
    assert (call["calling"], call["called"], call["outcome"]) == ("500", "301", "answered")
    theirs.stop()
    ours = sipp(two.phones["201"]).answer(*steps.TAKES)
    inward = sipp(two.phones["301"])
    inward.call(*SPEAKS, to=f"{PHONE_HOST}:{two.theirs}", number="500").succeeds()
    assert ours.invited() == ["201"]
    rows = until(lambda: len(r := site.rows("calls")) == 2 and r, what="both records")
    assert [row["direction"] for row in rows] == ["out", "in"]


def test_the_registration_outlasts_the_time_granted(two: Two) -> None:
    provider, site = two.provider('["md5"]', max_s=4), two.site()
    up(site)
    (first,) = bindings(provider)
    later = first["expires"] + 5
    until(lambda: bindings(provider)[0]["expires"] > later, timeout_s=15, what="renewed twice")
    assert trunk(site)["state"] == "up" and len(bindings(provider)) == 1


def test_a_wrong_password_is_told_and_one_corrected_by_a_reload_is_used(two: Two) -> None:
    two.provider()
    site = two.site("wrong-horse")
    why = "the provider refuses the login (401 Unauthorized)"
    until(lambda: trunk(site)["why"] == why, what=why)
    site.config.write_text(two.toml())
    site.ctl("config.reload")
    up(site)


def test_a_provider_that_starts_later_is_found(two: Two) -> None:
    site = two.site()
    assert trunk(site) | {"state": "down", "why": "not registered yet"} == trunk(site)
    two.provider()
    up(site)


def test_an_exchange_that_stops_takes_its_contact_back(two: Two) -> None:
    provider, site = two.provider(), two.site()
    up(site)
    assert len(bindings(provider)) == 1
    site.stop()
    until(lambda: not bindings(provider), timeout_s=1, what="no contact is left")
