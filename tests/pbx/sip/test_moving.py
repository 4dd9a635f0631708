"""Phones that move while they talk: to another network, another port, another connection."""

from __future__ import annotations

from pbx.events import Bound, Released
from pbx.sip.message.digest import Credentials, answer
from pbx.sip.message.received import Flow, Message
from tests.pbx.sip.ends import (
    ANN,
    GATEWAY,
    PHONE,
    STRANGER,
    Bench,
    Caller,
    Device,
    ask_in,
    codes,
    reply,
    sdp,
    talking,
)

NEW = Flow("udp", "198.51.100.41", 5084)


def moved(data: bytes, flow: Flow = NEW) -> bytes:
    """A request of the phone as it is sent from elsewhere."""
    text = data.decode().replace(f"{PHONE.host}:{PHONE.port}", f"{flow.host}:{flow.port}")
    return text.replace("SIP/2.0/UDP", f"SIP/2.0/{flow.transport.upper()}").encode()


def proof(challenge: Message, method: str, ours: Credentials = ANN) -> str:
    """The header that answers the challenge to a request in a dialog."""
    ask = challenge.headers("www-authenticate")
    value = answer(ask, ours, method=method, uri="sip:192.0.2.1:5060", cnonce="c")
    return f"Authorization: {value}"


def test_a_phone_that_has_moved_proves_its_password_and_the_dialog_follows() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    offer = sdp(5000, host=NEW.host)
    (challenge,) = bench.hears(moved(ask_in(invite, "INVITE", body=offer)), NEW)
    assert challenge.code == 401
    again = ask_in(invite, "INVITE", proof(challenge, "INVITE"), cseq=2, body=offer)
    assert codes(bench.hears(moved(again), NEW)) == [200]
    bench.hears(moved(ask_in(invite, "ACK", cseq=2)), NEW)
    assert bench.ears.last(leg)[:2] == (NEW.host, 5000)
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert (bye.uri, bye.flow) == (f"sip:201@{NEW.host}:{NEW.port}", NEW)


def test_without_the_password_nothing_moves_and_nothing_ends() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    for method in ("BYE", "INFO", "UPDATE", "REFER", "INVITE"):
        data = moved(ask_in(invite, method, cseq=1, body=sdp() if method == "INVITE" else b""))
        (challenge,) = bench.hears(data, NEW)
        assert challenge.code == 401 and challenge.to_tag
        for cseq, ours in enumerate((Credentials("201", "guess"), Credentials("202", "other")), 2):
            (challenge,) = bench.hears(moved(ask_in(invite, method, cseq=cseq * 10)), NEW)
            data = ask_in(invite, method, proof(challenge, method, ours), cseq=cseq * 10 + 1)
            assert codes(bench.hears(moved(data), NEW)) in ([401], [403])
    assert bench.tells() == [] and bench.agent.legs[leg].dialog is not None
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert bye.flow == PHONE


def test_a_stranger_who_knows_only_one_tag_learns_nothing() -> None:
    bench = Bench()
    invite, _ = talking(bench)
    data = moved(ask_in(invite, "BYE", tag="px"))
    assert codes(bench.hears(data, NEW)) == [481]


def test_who_guesses_at_a_call_is_not_heard_any_more() -> None:
    bench = Bench()
    invite, _ = talking(bench)
    for cseq in range(1, 40, 2):
        said = bench.hears(moved(ask_in(invite, "BYE", cseq=cseq)), NEW)
        if not said:
            break
        wrong = proof(said[0], "BYE", Credentials("201", "guess"))
        bench.hears(moved(ask_in(invite, "BYE", wrong, cseq=cseq + 1)), NEW)
    assert cseq == 21
    assert codes(bench.hears(ask_in(invite, "BYE", cseq=90), PHONE)) == [200]


def test_a_phone_that_has_moved_hangs_up_with_its_password() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    (challenge,) = bench.hears(moved(ask_in(invite, "BYE")), NEW)
    data = ask_in(invite, "BYE", proof(challenge, "BYE"), cseq=2)
    assert codes(bench.hears(moved(data), NEW)) == [200]
    assert bench.tells() == [Released(leg, 16, 0, True)]


def registered(bench: Bench, flow: Flow, contact: str = "") -> None:
    """Extension 201 registers from a place."""
    device = Device(flow, f"r{flow.port}{flow.connection}")
    (challenge,) = bench.hears(device.register(), flow)
    data = device.register(device.login(challenge)).decode()
    if contact:
        data = data.replace(f"<sip:201@{flow.host}:{flow.port}>", f"<{contact}>")
    assert codes(bench.hears(data.encode(), flow)) == [200]


def test_where_a_phone_is_registered_it_has_proven_its_password_already() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    registered(bench, NEW)
    assert isinstance(bench.tells()[0], Bound)
    assert codes(bench.hears(moved(ask_in(invite, "BYE")), NEW)) == [200]
    assert bench.tells() == [Released(leg, 16, 0, True)]


def test_a_key_from_elsewhere_shows_where_the_phone_is_before_it_says_so() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    registered(bench, NEW)
    bench.tells()
    data = ask_in(invite, "OPTIONS").replace(b"192.0.2.31:5062;b", b"198.51.100.41:5084;b")
    assert codes(bench.hears(data, NEW)) == [200]
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert (bye.uri, bye.flow) == ("sip:201@192.0.2.31:5062", NEW)


def test_another_port_of_a_nat_is_followed_at_the_first_request() -> None:
    bench = Bench()
    nat = Flow("udp", "203.0.113.7", 30_001)
    caller = Caller("4001", nat)
    private = caller.invite().replace(b"203.0.113.7:30001", b"10.0.0.7:5060")
    bench.agent.access.set_phones({}, [(nat.host, nat.port, "203")])
    bench.hears(private, nat)
    leg = bench.tells()[-1].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    bench.hears(caller.ack().replace(b"203.0.113.7:30001", b"10.0.0.7:5060"), nat)
    rebound = Flow("udp", nat.host, 30_777)
    data = caller.ask("OPTIONS").replace(b"203.0.113.7:30001", b"10.0.0.7:5060")
    assert codes(bench.hears(data, rebound)) == [200]
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert bye.flow == rebound


def test_a_phone_that_sends_from_another_port_is_still_called_at_its_contact() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    assert codes(bench.hears(ask_in(invite, "OPTIONS"), Flow("udp", PHONE.host, 40_000))) == [200]
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert bye.flow == PHONE


def test_a_call_over_a_lost_connection_goes_over_the_one_of_the_next_registration() -> None:
    bench = Bench()
    old, new = (Flow("tcp", PHONE.host, 40_000 + n, n) for n in (1, 2))
    contact = "sip:201@10.0.0.7:5060;transport=tcp"
    registered(bench, old, contact)
    leg = bench.rings(old).leg
    (invite,) = bench.says()
    data = accepted(invite, contact)
    bench.hears(data, old)
    bench.says()
    bench.agent.connection_lost(old, bench.now)
    registered(bench, new, contact)
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert (bye.method, bye.flow) == ("BYE", new)


def accepted(invite: Message, contact: str) -> bytes:
    """The 200 of a phone that names a private address."""
    return reply(invite, 200, body=sdp(host=PHONE.host), contact=f"<{contact}>")


def test_a_request_over_another_connection_moves_the_call_there() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    stream = Flow("tcp", PHONE.host, 40_001, 3)
    assert codes(bench.hears(moved(ask_in(invite, "OPTIONS"), stream), stream)) == [200]
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert bye.flow == stream


def test_a_fixed_contact_without_a_password_is_known_by_its_address_only() -> None:
    bench = Bench()
    invite, _ = talking(bench)
    bench.agent.access.set_phones({}, [(PHONE.host, PHONE.port, "201")])
    for flow in (NEW, STRANGER, GATEWAY):
        assert codes(bench.hears(moved(ask_in(invite, "BYE"), flow), flow)) == [481]
    assert bench.tells() == []


def test_a_device_that_a_call_found_silent_is_known_for_it() -> None:
    bench = Bench()
    registered(bench, PHONE)
    registered(bench, NEW)
    bench.rings(PHONE, NEW)
    _, second = bench.says()
    bench.hears(reply(second, 180), NEW)
    bench.wait(33_000)
    assert [each.is_silent for each in bench.agent.registrar.bindings("201")] == [True, False]
