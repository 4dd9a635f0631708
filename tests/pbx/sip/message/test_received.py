"""Messages read: values on demand, bodies, where answers go; nothing but Malformed is raised."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sipmessage
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.message.check import check
from pbx.sip.message.outgoing import Reply, refusal, response
from pbx.sip.message.received import Flow, Malformed, Message, parse
from tests.pbx.sip.wire import UDP, ask, lines, received
from tests.shared import needs

RICH = lines(
    "INVITE sip:100@192.0.2.9:5070;user=phone SIP/2.0",
    "v: SIP/2.0/TCP p.example.com:5061 ; branch=z9hG4bKx;rport, SIP/2.0/UDP q",
    "Via: SIP/2.0/UDP r;branch=z9hG4bKy",
    'f: "Ann, \\"A\\"" <sip:ann@a.example>;tag=from1',
    "To: sip:100@b.example;tag=to1",
    "i: one@a.example",
    "CSeq: 0042\r\n  INVITE",
    "m: <sip:ann@10.0.0.1>;q=1, <sip:ann@10.0.0.2>",
    "Supported: timer,100rel",
    "k: replaces",
    "Own-Header: own",
    "l: 4",
    body=b"bodyX",
)


def refused(data: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        received(data)
    return caught.value


def test_the_parts_of_a_request_are_read():
    message = received(RICH)
    assert (message.is_request, message.method, message.code) == (True, "INVITE", 0)
    assert (message.request_uri.user, message.request_uri.port) == ("100", 5070)
    assert (message.call_id, message.cseq, message.cseq_method) == ("one@a.example", 42, "INVITE")
    assert (message.from_tag, message.to_tag, message.branch) == ("from1", "to1", "z9hG4bKx")
    assert message.from_address.display == 'Ann, "A"'
    assert (message.via.transport, message.via.host) == ("TCP", "p.example.com")
    assert [str(contact.uri) for contact in message.contacts] == [
        "sip:ann@10.0.0.1",
        "sip:ann@10.0.0.2",
    ]


def test_headers_are_found_first_all_and_split():
    message = received(RICH)
    assert message.header("supported") == "timer,100rel"
    assert message.headers("supported") == ["timer,100rel", "replaces"]
    assert message.values("supported") == ["timer", "100rel", "replaces"]
    assert len(message.values("via")) == 3
    assert message.header("own-header") == "own"
    assert (message.header("route"), message.values("route")) == (None, [])
    assert (message.has("supported"), message.has("route")) == (True, False)


def test_the_parts_of_a_response_are_read():
    data = ask().replace(b"INVITE sip:100@192.0.2.9 SIP/2.0", b"SIP/2.0 486 Busy")
    message = received(data)
    assert (message.is_request, message.code, message.reason) == (False, 486, "Busy")
    assert (message.method, message.uri) == ("INVITE", "")


def test_a_body_longer_than_its_length_is_cut_and_one_without_length_goes_to_the_end():
    assert received(RICH).body == b"body"
    assert received(RICH.replace(b"l: 4\r\n", b"")).body == b"bodyX"


def test_a_body_shorter_than_its_length_is_refused():
    assert refused(RICH.replace(b"l: 4", b"l: 6")).code == 400


def test_two_messages_in_one_datagram_are_the_first():
    assert received(ask("OPTIONS") + ask("BYE")).method == "OPTIONS"


def test_a_star_is_no_contact_but_can_be_told():
    data = ask("REGISTER").replace(b"Max-Forwards", b"Contact: *\r\nMax-Forwards")
    message = received(data)
    assert (message.contacts, message.header("contact")) == ([], "*")


@pytest.mark.parametrize(
    ("flow", "via", "port"),
    [
        (Flow("udp", "192.0.2.7", 33_000), "h;branch=z9hG4bKa", 5060),
        (Flow("udp", "192.0.2.7", 33_000), "h:5090;branch=z9hG4bKa", 5090),
        (Flow("udp", "192.0.2.7", 33_000), "h:5090;rport;branch=z9hG4bKa", 33_000),
        (Flow("udp", "192.0.2.7", 33_000), "h;maddr=198.51.100.1;branch=z9hG4bKa", 5060),
        (Flow("tcp", "192.0.2.7", 33_000, 4), "h;branch=z9hG4bKa", 33_000),
    ],
)
def test_answers_go_to_the_address_the_request_came_from(flow: Flow, via: str, port: int):
    data = ask().replace(b"192.0.2.1;branch=z9hG4bKa1", via.encode())
    reply_flow = received(data, flow).reply_flow
    assert (reply_flow.host, reply_flow.port, reply_flow.transport) == (
        flow.host,
        port,
        flow.transport,
    )


def test_an_answer_to_an_unreadable_via_goes_where_the_request_came_from():
    bad = refused(ask().replace(b"192.0.2.1;branch", b"192.0.2.1:99999;branch"))
    bad.message.flow = UDP
    assert bad.message.reply_flow == UDP


@pytest.mark.parametrize(
    "data",
    [
        ask("ACK").replace(b"1 ACK", b"-1 ACK"),
        ask()
        .replace(b"INVITE sip:100@192.0.2.9 SIP/2.0", b"SIP/2.0 200 OK")
        .replace(b"To:", b"X:"),
        b"\r\n\r\n",
        b"\x00\x00",
        b"INVITE " + b"sip:" * 16_000,
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\n\r\n",
    ],
)
def test_what_must_not_be_answered_has_code_0(data: bytes):
    assert refused(data).code == 0


# ---- the shared messages ------------------------------------------------------------------------

FOLDER = needs("data/sip")
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())
WIRE = [entry for entry in MANIFEST if entry["transport"] in ("UDP", "TCP")]
# The user agent's own refusals: no digest, no media, no such dialog, extension or method here.
LATER = {401, 403, 404, 405, 407, 415, 420, 422, 481, 484, 488, 489, 501, 603}


@pytest.mark.parametrize("entry", WIRE, ids=lambda entry: entry["file"])
def test_a_shared_message_gets_the_verdict_its_manifest_names(entry: dict[str, list[int]]):
    try:
        message = received((FOLDER / str(entry["file"])).read_bytes())
    except Malformed as bad:
        expected = {"reject": set(entry["codes"]), "accept": set(), "ignore": {0}}
        assert bad.code in expected.get(str(entry["expect"]), {0, 400, 416, 483, 505, 513})
        return
    if entry["expect"] == "reject":
        assert LATER & set(entry["codes"]), "only what the user agent refuses may pass here"
    if entry["expect"] == "ignore":
        assert not message.is_request or message.method == "ACK"


def oracle(data: bytes) -> sipmessage.Request | sipmessage.Response:
    return sipmessage.Message.parse(data)


@pytest.mark.parametrize("name", [entry["file"] for entry in WIRE if entry["expect"] == "accept"])
def test_a_well_formed_message_reads_as_sipmessage_reads_it(name: str):
    data = (FOLDER / name).read_bytes()
    message = received(data)
    try:
        theirs = oracle(data)
        via, sender, to = theirs.via[0], theirs.from_address, theirs.to_address
    except ValueError:
        return  # stricter than RFC 4475 asks
    assert (message.via.transport, message.via.host) == (via.transport, via.host)
    assert (message.via.port or None) == via.port
    assert message.from_tag == (sender.parameters.get("tag") or "")
    assert message.to_tag == (to.parameters.get("tag") or "")
    assert message.from_address.uri.host == sender.uri.host
    assert (message.call_id, message.cseq) == (theirs.call_id, theirs.cseq.sequence)


# ---- whatever comes -----------------------------------------------------------------------------


def read_everything(data: bytes) -> None:
    """Parse, check, and use all that a checked message promises; answer what is malformed."""
    try:
        message = parse(data)
        check(message)
    except Malformed as bad:
        bad.message.flow = UDP
        if bad.code:
            assert refusal(bad, "tag").startswith(b"SIP/2.0 %d" % bad.code)
            assert bad.message.reply_flow
        return
    message.flow = UDP
    names = ("call_id", "cseq", "cseq_method", "from_tag", "to_tag", "branch", "contacts")
    assert all(getattr(message, name) is not None for name in names)
    if message.is_request:
        answer = parse(response(message, Reply(200, "tag")))
        assert (answer.branch, answer.call_id) == (message.branch, message.call_id)


SEEDS = [
    (FOLDER / str(entry["file"])).read_bytes() for entry in MANIFEST if entry["bytes"] < 20_000
]
JUNK = st.sampled_from(
    [
        *(bytes([octet]) for octet in b'\0\r\n;,"<>%:@=\\'),
        *(b"\r\n", b"\r\n\r\n", b"\r\n \r\n ", b"\xff\xfe", b"A" * 300, b"[" * 20),
        *(b"4294967296", b"-1"),
    ]
)
EDITS: list[Callable[[bytes, int, bytes], bytes]] = [
    lambda data, at, junk: data[:at] + junk + data[at:],
    lambda data, at, junk: data[:at] + data[at + len(junk) :],
    lambda data, at, junk: data[:at],
    lambda data, at, junk: data[:at] + junk + data[at + len(junk) :],
    lambda data, at, junk: data[at:] + data[:at],
]
EDIT = st.tuples(st.sampled_from(EDITS), st.integers(0, 2_000), JUNK)


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_no_shared_file_raises_anything_but_malformed(entry: dict[str, str]):
    read_everything((FOLDER / entry["file"]).read_bytes())


@given(st.sampled_from(SEEDS), st.lists(EDIT, min_size=1, max_size=5))
def test_no_edit_of_a_shared_file_raises_anything_but_malformed(
    seed: bytes, edits: list[tuple[Callable[[bytes, int, bytes], bytes], int, bytes]]
):
    for edit, at, junk in edits:
        seed = edit(seed, at % (len(seed) + 1), junk)
    read_everything(seed)


@given(st.binary(max_size=400))
def test_no_octets_raise_anything_but_malformed(data: bytes):
    read_everything(data)


def test_a_message_is_small():
    assert not hasattr(Message(parse(ask()).head), "__dict__")
