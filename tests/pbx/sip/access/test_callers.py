"""Who is calling, and what strangers may cost."""

from __future__ import annotations

import pytest

from pbx.events import TroubleSeen
from pbx.sip.access.callers import TABLE_MAX, AccessList, Limits, Phone
from pbx.sip.message.digest import Realm
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow, Message
from tests.pbx.sip.ends import GATEWAY, PHONE, STRANGER, Caller
from tests.pbx.sip.wire import received


def an_access(*home: str) -> AccessList:
    """A doorkeeper; phones are registered from `home`."""
    access = AccessList(Realm(b"key", "agner"), lambda host: host in home)
    access.set_phones({"201": Phone("secret", ("sha-256",))}, [])
    return access


def heard(flow: Flow, user: str) -> Message:
    """An INVITE from somewhere, in somebody's name."""
    data = Caller("1", flow).invite().replace(b"<sip:5551000@", f"<sip:{user}@".encode())
    return received(data, flow)


def party(access: AccessList, flow: Flow, user: str = "5551000") -> str:
    """Whose address a request comes from."""
    return access.party_at(heard(flow, user))


def test_a_fixed_contact_comes_before_a_trunk_and_must_match_exactly() -> None:
    access = an_access()
    access.set_trunks([("192.0.2.0/24", "trunk:a")])
    access.set_phones({}, [(PHONE.host, PHONE.port, "202")])
    assert party(access, PHONE) == "extension:202"
    assert party(access, Flow("udp", PHONE.host, 9)) == "trunk:a"
    assert party(access, STRANGER) == ""


def test_extensions_that_share_a_contact_are_told_apart_by_their_from() -> None:
    access = an_access()
    access.set_phones({}, [(PHONE.host, PHONE.port, n) for n in ("202", "203")])
    assert party(access, PHONE, "203") == "extension:203"
    assert party(access, PHONE, "999") == "extension:202"


def test_of_several_trunks_the_longest_prefix_wins() -> None:
    access = an_access()
    access.set_trunks(
        [("0.0.0.0/0", "trunk:all"), ("192.0.2.20/32", "trunk:one"), ("192.0.2.0/24", "trunk:net"),
         ("2001:db8::/32", "trunk:six")]
    )  # fmt: skip
    assert [access.trunk_at(host) for host in ("192.0.2.20", "192.0.2.21", "8.8.8.8")] == [
        "trunk:one", "trunk:net", "trunk:all",
    ]  # fmt: skip
    assert (access.trunk_at("2001:db8::9"), access.trunk_at("no address")) == ("trunk:six", "")


def test_what_is_no_network_is_said() -> None:
    with pytest.raises(ValueError):
        an_access().set_trunks([("not a network", "trunk:x")])


def test_the_addresses_looked_up_are_bounded() -> None:
    access = an_access()
    for number in range(TABLE_MAX + 10):
        access.trunk_at(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(access._trunks) <= TABLE_MAX


def asked_of(access: AccessList, user: str) -> tuple[str, ...]:
    """The algorithms that somebody without a login is asked for."""
    reply = access.login(heard(STRANGER, user), 0)
    assert isinstance(reply, Reply) and reply.code == 401
    return tuple(value.rpartition("algorithm=")[2].split(",")[0] for _, value in reply.headers)


BOTH, MD5 = ("md5", "sha-256"), ("md5",)


def test_each_phone_is_challenged_with_its_own_digests() -> None:
    access = an_access()
    access.set_phones({"201": Phone("a", MD5), "202": Phone("b", BOTH)}, [])
    assert (asked_of(access, "201"), asked_of(access, "202")) == (("MD5",), ("MD5", "SHA-256"))


def test_a_challenge_does_not_tell_whether_there_is_such_a_name() -> None:
    access = an_access()
    phones = {str(n): Phone("x", MD5 if n % 4 == 0 else BOTH) for n in range(200, 300)}
    access.set_phones(phones | {"door": Phone("", ("sha-256",))}, [])
    asked = {name: asked_of(access, name) for name in [str(n) for n in range(400, 800)] + ["door"]}
    assert 60 < sum(digests == ("MD5",) for digests in asked.values()) < 140  # a quarter of them
    assert set(asked.values()) == {("MD5",), ("MD5", "SHA-256")}
    assert asked == {name: asked_of(access, name) for name in asked}
    access.set_phones({"201": Phone("x", MD5)}, [])
    assert {asked_of(access, name) for name in ("201", "999", "998", "997")} == {("MD5",)}


def test_without_any_login_the_site_s_digests_are_asked_for() -> None:
    access = an_access()
    access.set_phones({"201": Phone("", MD5)}, [])
    assert asked_of(access, "201") == asked_of(access, "999") == ("MD5", "SHA-256")


def test_strangers_are_read_so_often_and_known_addresses_always() -> None:
    access = an_access(PHONE.host)
    access.set_trunks([("192.0.2.20/32", "trunk:a")])
    access.limits = Limits(per_address=3, in_total=5)
    assert [access.may_read(STRANGER, 0) for _ in range(5)] == [True] * 3 + [False] * 2
    others = [Flow("udp", f"198.51.100.{n}", 1) for n in range(20, 25)]
    assert [access.may_read(flow, 10) for flow in others] == [True] * 2 + [False] * 3
    assert all(access.may_read(flow, 10) for flow in (PHONE, GATEWAY) for _ in range(50))
    assert access.may_read(STRANGER, 1_000)
    assert access.dropped == 5


def test_a_ban_doubles_and_ends() -> None:
    access = an_access()
    access.limits = Limits(failures=2, failures_ms=1_000, ban_ms=10_000)
    now = 0
    for length in (10_000, 20_000):
        access._suspect(STRANGER.host, "201", now)
        access._suspect(STRANGER.host, "201", now)
        assert access._is_banned(STRANGER.host, "201", now + length - 1)
        assert not access.may_read(STRANGER, now + length - 1)
        now += length
        assert not access._is_banned(STRANGER.host, "201", now)


def test_slow_failures_are_no_guessing() -> None:
    access = an_access()
    access.limits = Limits(failures=2, failures_ms=1_000)
    access._suspect(STRANGER.host, "201", 0)
    access._suspect(STRANGER.host, "201", 1_000)
    assert not access._is_banned(STRANGER.host, "201", 1_000)


def test_an_address_with_a_phone_is_banned_by_name_only() -> None:
    access = an_access(STRANGER.host)
    access.limits = Limits(failures=1)
    access._suspect(STRANGER.host, "201", 0)
    assert access._is_banned(STRANGER.host, "201", 1)
    assert not access._is_banned(STRANGER.host, "202", 1) and access.may_read(STRANGER, 1)


def test_the_table_of_suspects_is_bounded_and_nobody_guesses_himself_free() -> None:
    access = an_access()
    access.limits = Limits(failures=2)
    for _ in range(2):
        access._suspect(STRANGER.host, "201", 0)
    for number in range(TABLE_MAX + 10):
        access._suspect(STRANGER.host, f"x{number}", 1)
    assert len(access._suspects) <= TABLE_MAX
    assert access._is_banned(STRANGER.host, "201", 2)
    assert alarms(access) == ["ban", "access"]


@pytest.mark.long
def test_a_table_of_bans_that_is_full_forgets_the_oldest() -> None:
    access = an_access()
    access.limits = Limits(failures=1)
    for number in range(TABLE_MAX):
        access._suspect(f"h{number}", "x", 0)
    assert len(access._suspects) <= TABLE_MAX
    assert access._is_banned(f"h{TABLE_MAX - 1}", "x", 1) and not access._is_banned("h0", "x", 1)
    assert alarms(access).count("ban") == 10  # and then it is known


def test_whoever_came_last_is_remembered_of_the_addresses_of_phones() -> None:
    access = an_access()
    for number in range(TABLE_MAX - 1):
        access._befriend(f"h{number}", "x", 0)
    for name in ("h0", "last", "new"):
        access._befriend(name, "x", 1)
    assert len(access._friends) == TABLE_MAX
    assert "h0" in access._friends and "h1" not in access._friends
    assert alarms(access) == ["access"]


def test_messages_that_are_not_read_are_told_of_once_in_an_hour() -> None:
    access = an_access()
    access.limits = Limits(per_address=1, in_total=2)
    for now in range(0, 10_000, 100):
        access.may_read(STRANGER, now)
    assert alarms(access) == ["strangers"]
    for number in range(3):
        access.may_read(Flow("udp", f"203.0.113.{number}", 1), 20_000)
    assert alarms(access) == ["strangers"] * 2
    for now in (3_700_000, 3_700_001):
        access.may_read(STRANGER, now)
    assert alarms(access) == ["strangers"] * 3


def alarms(access: AccessList) -> list[str]:
    """The names of the alarms raised."""
    return [fact.name for fact in access.troubles.facts if isinstance(fact, TroubleSeen)]
