"""The user agent as a whole: strangers, registrations, restarts, and the shared torture."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.events import Bound, CallArrived, DeviceFound, DeviceLost, Fact, Unbound
from pbx.sip.dialog.uac import Target
from pbx.sip.message.digest import Credentials, answer
from pbx.sip.message.received import Flow, Message
from pbx.sip.registration.ping import ping
from tests.pbx.sip.ends import (
    ANN,
    GATEWAY,
    PHONE,
    STRANGER,
    Bench,
    Caller,
    Device,
    codes,
    reply,
    sdp,
    talking,
    up,
)
from tests.shared import SHARED


def registered(bench: Bench, device: Device, *headers: str) -> Message:
    """The answer to a REGISTER with the right password."""
    (challenge,) = bench.hears(device.register(), device.flow)
    assert challenge.code == 401
    (said,) = bench.hears(device.register(device.login(challenge), *headers), device.flow)
    return said


def test_a_phone_registers_and_is_told_how_long() -> None:
    bench = Bench()
    said = registered(bench, Device(), "Expires: 600", "User-Agent: Phone 1")
    assert said.header("contact") == "<sip:201@192.0.2.31:5062>;expires=600"
    (fact,) = bench.tells()
    assert isinstance(fact, Bound)
    assert (fact.extension, fact.flow) == ("201", "udp/0/192.0.2.31/5062")
    assert fact.user_agent == "Phone 1"
    bench.wait(600_000)
    assert bench.tells() == [Unbound("201", "sip:201@192.0.2.31:5062", "expired")]


def test_a_copy_of_a_proven_request_is_absorbed_and_a_replay_of_its_proof_is_not() -> None:
    bench = Bench()
    device = Device()
    (challenge,) = bench.hears(device.register(), PHONE)
    login = device.login(challenge)
    data = device.register(login)
    assert codes(bench.hears(data, PHONE)) == [200]
    assert codes(bench.hears(data, PHONE)) == [200]
    assert len(bench.tells()) == 1
    (said,) = bench.hears(device.register(login), PHONE)
    assert said.code == 401 and "stale=true" in (said.header("www-authenticate") or "")
    other = Device(STRANGER, "r2")
    assert codes(bench.hears(other.register(login), STRANGER)) == [401]


def test_one_account_never_binds_the_address_of_another() -> None:
    bench = Bench()
    device = Device()
    (challenge,) = bench.hears(device.register(), PHONE)
    data = device.register(device.login(challenge))
    foreign = data.replace(b"To: <sip:201@", b"To: <sip:202@")
    assert codes(bench.hears(foreign, PHONE)) == [403]
    assert bench.tells() == []


def test_a_known_and_an_unknown_name_get_the_same_answers() -> None:
    seen = []
    for user in ("201", "909"):
        bench = Bench()
        device = Device(user=user)
        (challenge,) = bench.hears(device.register(), PHONE)
        wrong = Credentials(user, "guess")
        (again,) = bench.hears(device.register(device.login(challenge, wrong)), PHONE)
        (invite,) = bench.hears(Caller(user, PHONE).invite(), PHONE)
        shapes = [sorted(m.head.text("www-authenticate") or "") for m in (challenge, again)]
        seen.append((codes([challenge, again, invite]), [len(shape) for shape in shapes]))
    assert seen[0] == seen[1]


def test_ten_wrong_guesses_are_followed_by_silence_but_not_for_others() -> None:
    bench = Bench()
    device = Device()
    wrong = Credentials("201", "guess")
    for _ in range(10):
        (challenge,) = bench.hears(device.register(), PHONE)
        assert codes(bench.hears(device.register(device.login(challenge, wrong)), PHONE)) == [401]
    assert bench.hears(device.register(), PHONE) == []
    elsewhere = Device(Flow("udp", "192.0.2.40", 5060), "r9")
    assert registered(bench, elsewhere).code == 200
    bench.wait(900_000)
    assert codes(bench.hears(device.register(), PHONE)) == [401]


def test_an_invite_of_a_phone_needs_its_password_and_then_arrives() -> None:
    bench = Bench()
    caller = Caller("4001", PHONE)
    (challenge,) = bench.hears(caller.invite(), PHONE)
    ask = challenge.headers("www-authenticate")
    value = answer(ask, ANN, method="INVITE", uri=caller.uri, cnonce="c")
    data = caller.ask("INVITE", f"Authorization: {value}", body=sdp())
    assert bench.hears(data, PHONE) == []
    (fact,) = bench.tells()
    assert isinstance(fact, CallArrived)
    assert (fact.source, fact.calling) == ("extension:201", "201")


def test_a_proof_for_another_number_or_method_is_worth_nothing() -> None:
    bench = Bench()
    caller = Caller("4001", PHONE)
    (challenge,) = bench.hears(caller.invite(), PHONE)
    ask = challenge.headers("www-authenticate")
    said = {("REGISTER", caller.uri): 401, ("INVITE", "sip:00900@192.0.2.1"): 400}
    for (method, uri), code in said.items():
        value = answer(ask, ANN, method=method, uri=uri, cnonce="c")
        data = caller.ask("INVITE", f"Authorization: {value}", body=sdp())
        assert codes(bench.hears(data, PHONE)) == [code]


@pytest.mark.parametrize(
    ("uri", "old", "new", "code"),
    [
        ("sip:00900@192.0.2.1", "", "", 400),
        ("sip:192.0.2.1", "algorithm=MD5", "algorithm=SHA-512-256", 401),
        ("sip:192.0.2.1", "qop=auth", "qop=auth-int", 401),
        ("sip:192.0.2.1", "nc=00000001, ", "", 401),
        ("sip:192.0.2.1", 'realm="agner"', 'realm="Agner"', 401),
    ],
)
def test_only_a_wrong_hash_is_a_guess(uri: str, old: str, new: str, code: int) -> None:
    bench, device = Bench(), Device()
    for _ in range(12):
        (challenge,) = bench.hears(device.register(), PHONE)
        ask = challenge.headers("www-authenticate")
        login = f"Authorization: {answer(ask, ANN, method='REGISTER', uri=uri, cnonce='c')}"
        assert old in login
        assert codes(bench.hears(device.register(login.replace(old, new)), PHONE)) == [code]
    assert registered(bench, Device(name="r2")).code == 200


def test_a_challenge_is_kept_nowhere_and_its_ack_is_dropped() -> None:
    bench = Bench()
    caller = Caller("4001", STRANGER)
    (first,) = bench.hears(caller.invite(), STRANGER)
    caller.cseq = 0
    (second,) = bench.hears(caller.invite(), STRANGER)
    assert first.to_tag == second.to_tag != ""
    assert len(bench.agent.transactions) == 0
    ack = caller.ask("ACK", branch="z9hG4bKc1inv", cseq=1)
    assert bench.hears(ack, STRANGER) == []


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("OPTIONS", 200), ("BYE", 481), ("UPDATE", 481), ("PRACK", 481), ("INFO", 481),
        ("CANCEL", 481), ("SUBSCRIBE", 401), ("NOTIFY", 401), ("MESSAGE", 405), ("REFER", 401),
        ("PUBLISH", 405), ("INVITE", 401), ("REGISTER", 401), ("WINK", 405),
    ],
)  # fmt: skip
def test_a_stranger_gets_what_the_method_is_worth(method: str, code: int) -> None:
    bench = Bench()
    (said,) = bench.hears(Caller("100", STRANGER).ask(method), STRANGER)
    assert said.code == code and bench.tells() == []
    assert len(bench.agent.transactions) == 0


@pytest.mark.parametrize(
    ("method", "code"), [("SUBSCRIBE", 489), ("NOTIFY", 481), ("MESSAGE", 405), ("REFER", 403)]
)
def test_somebody_known_hears_what_we_cannot_do_yet(method: str, code: int) -> None:
    bench = Bench()
    assert codes(bench.hears(Caller().ask(method))) == [code]


def test_unknown_extensions_are_named_before_anybody_is_asked_to_log_in() -> None:
    bench = Bench()
    data = Caller("100", STRANGER).invite("Require: magic, timer, dust")
    (said,) = bench.hears(data, STRANGER)
    assert (said.code, said.header("unsupported")) == (420, "magic, dust")


def test_a_request_in_no_dialog_of_ours_gets_481() -> None:
    bench = Bench()
    caller = Caller("100", STRANGER)
    caller.to += ";tag=guess"
    for method in ("BYE", "INVITE", "UPDATE", "INFO", "REFER"):
        assert codes(bench.hears(caller.ask(method), STRANGER)) == [481]


def test_our_own_invite_that_comes_back_is_a_loop() -> None:
    bench = Bench()
    bench.rings(GATEWAY)
    (invite,) = bench.says()
    raw = reply(invite, 200)
    text = f"{invite.method} {invite.uri} SIP/2.0\r\n".encode() + raw.partition(b"\r\n")[2]
    text = text.replace(b";branch=z9hG4bK", b";branch=z9hG4bKx").replace(b";tag=p1", b"")
    assert codes(bench.hears(text, GATEWAY)) == [482]
    sent_on = text.replace(b"INVITE sip:201@", b"INVITE sip:4001@").replace(b"bKx", b"bKy")
    assert bench.hears(sent_on, GATEWAY) == []
    assert [type(fact) for fact in bench.tells()] == [CallArrived]


def test_a_flood_of_one_address_is_read_in_part_and_leaves_the_others_alone() -> None:
    bench = Bench()
    heard = sum(
        len(bench.hears(Caller("1", STRANGER, f"f{n}").invite(), STRANGER)) for n in range(1_000)
    )
    assert heard == bench.agent.access.limits.per_address
    fresh = Flow("udp", "198.51.100.10", 5060)
    assert codes(bench.hears(Caller("1", fresh).ask("OPTIONS"), fresh)) == [200]
    assert codes(bench.hears(Caller().ask("OPTIONS"))) == [200]
    bench.wait(1_000)
    assert codes(bench.hears(Caller("1", STRANGER).ask("OPTIONS"), STRANGER)) == [200]


def test_a_lost_phone_that_answers_a_ping_is_found_again() -> None:
    bench = Bench()
    target = Target("sip:201@192.0.2.31", PHONE)
    ping(bench.agent, "extension:201", target=target, now=bench.now)
    bench.wait(33_000)
    assert bench.tells() == [DeviceLost("201")]
    ping(bench.agent, "extension:201", target=target, now=bench.now)
    (options,) = bench.says()
    bench.hears(reply(options, 404), PHONE)
    assert bench.tells() == [DeviceFound("201")]
    ping(bench.agent, "extension:201", target=target, now=bench.now)
    bench.hears(reply(bench.says()[0], 503), PHONE)
    assert bench.tells() == [DeviceLost("201")]


def test_a_later_process_ends_the_legs_of_the_one_before() -> None:
    before, after = Bench(), Bench()
    before.hears(Caller().invite())
    (arrived,) = before.tells()
    leg = arrived.leg  # type: ignore[union-attr]
    after.agent.release_dialog(arrived.dialog, 41, 0)  # type: ignore[union-attr]
    refused, bye = after.says()
    assert (refused.code, bye.method) == (503, "BYE")
    assert bye.to_tag == "c1" and refused.to_tag == bye.from_tag
    before.agent.answer(leg, 0, 0)
    (ok,) = before.says()
    assert ok.to_tag == refused.to_tag


def test_the_bye_of_a_later_process_counts_on() -> None:
    before, after = Bench(), Bench()
    facts: list[Fact] = []
    ring = before.rings()
    (invite,) = before.says()
    before.hears(reply(invite, 200, body=sdp(host="192.0.2.31")), PHONE)
    facts += before.tells()
    after.agent.release_dialog(facts[-1].dialog, 41, 0)  # type: ignore[union-attr]
    (bye,) = after.says()
    assert (bye.method, bye.call_id, bye.flow) == ("BYE", invite.call_id, PHONE)
    assert bye.cseq > invite.cseq and ring.leg in before.agent.legs


def test_a_closed_connection_takes_its_registration_with_it() -> None:
    bench = Bench()
    stream = Flow("tcp", "192.0.2.31", 5062, 7)
    assert registered(bench, Device(stream)).code == 200
    assert bench.agent.uses(stream)
    bench.tells()
    bench.agent.connection_lost(stream, bench.now)
    assert bench.tells() == [Unbound("201", "sip:201@192.0.2.31:5062", "connection lost")]
    assert not bench.agent.uses(stream)


def test_a_call_whose_connection_is_lost_is_ended_over_a_new_one() -> None:
    bench = Bench()
    stream = Flow("tcp", GATEWAY.host, 40_000, 7)
    data = Caller(flow=stream)
    _, leg = up(bench, data)
    bench.agent.connection_lost(stream, bench.now)
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert bye.flow == Flow("tcp", GATEWAY.host, 40_000)


def test_nothing_remains_of_calls_that_are_over() -> None:
    bench = Bench()
    for n in range(50):
        caller, _ = up(bench, Caller(name=f"n{n}"))
        bench.hears(caller.ask("BYE"))
        invite, leg = talking(bench)
        bench.agent.release(leg, 16, bench.now)
        bench.hears(reply(bench.says()[0], 200), PHONE)
        assert invite.method == "INVITE"
        bench.wait(1_000)
    bench.tells()
    bench.wait(40_000)
    agent = bench.agent
    assert (len(agent.transactions), len(agent.timers)) == (0, 0)
    assert not (agent.legs or agent.dialogs or agent._merges or agent._busy)


def manifest() -> list[dict[str, Any]]:
    """The messages of the shared set that are for a server."""
    path = SHARED / "data/sip/manifest.json"
    if not path.exists():
        return []
    return [m for m in json.loads(path.read_text()) if m["transport"] in ("UDP", "TCP")]


@pytest.mark.parametrize("entry", manifest(), ids=lambda entry: str(entry["file"]))
def test_a_strangers_message_gets_what_its_manifest_says(entry: dict[str, Any]) -> None:
    data = (SHARED / "data/sip" / entry["file"]).read_bytes()
    bench = Bench()
    said = [code for code in codes(bench.hears(data, STRANGER)) if isinstance(code, int)]
    assert not any(100 < code < 300 for code in said) or not data.startswith(b"INVITE")
    match entry["expect"]:
        case "accept":
            assert said and said[-1] not in (400, 500, 513)
            assert not entry["codes"] or said[-1] in entry["codes"]
        case "reject":
            assert said and said[-1] in entry["codes"]
        case "ignore":
            assert said == []
    assert codes(bench.hears(Caller("1", GATEWAY).ask("OPTIONS"))) == [200]


@pytest.mark.parametrize("entry", manifest(), ids=lambda entry: str(entry["file"]))
def test_the_same_from_a_trunk_breaks_nothing(entry: dict[str, Any]) -> None:
    data = (SHARED / "data/sip" / entry["file"]).read_bytes()
    bench = Bench()
    bench.hears(data, GATEWAY)
    for fact in bench.tells():
        if isinstance(fact, CallArrived):
            assert fact.calling.isprintable() and fact.called.isprintable()
            assert fact.name.isprintable()
            bench.agent.answer(fact.leg, 0, bench.now)
    bench.wait(70_000)
    assert bench.agent.legs == {}


SEEDS = [
    Caller().invite(), Caller().ask("BYE"), Caller().cancel(), Caller().ack(),
    Device().register(), Caller().ask("UPDATE", body=sdp()),
    Caller().ask("PRACK", "RAck: 1 1 INVITE"),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_mangled_messages_never_break_the_user_agent(seed: bytes, draw: st.DataObject) -> None:
    bench = Bench()
    _, leg = up(bench)
    data = bytearray(seed)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data) - 1))
        data[at : at + draw.draw(st.integers(0, 8))] = draw.draw(
            st.sampled_from([b"", b"\r\n", b"\x00", b"9" * 12, b'"', b"<", b";tag=", b"\xff", b"%"])
        )
    bench.hears(bytes(data))
    bench.hears(bytes(data), STRANGER)
    bench.wait(100)
    if leg in bench.agent.legs:
        bench.agent.release(leg, 16, bench.now)
        bench.wait(70_000)
    assert bench.agent.legs.keys() <= {leg + 2}
