"""Bytes to send: requests, responses with what they copy, refusals."""

from __future__ import annotations

import pytest

from pbx.sip.message.outgoing import Reply, Request, refusal, request, response, within
from pbx.sip.message.received import Flow, Malformed, parse
from tests.pbx.sip.wire import UDP, ask, asked, lines, received

FAR = Flow("udp", "203.0.113.5", 33_333)


def test_a_request_is_written_line_by_line():
    data = request(Request("INFO", "sip:a", [("To", "<sip:a>"), ("X", "医")], b"hi"), "VIA")
    head = "INFO sip:a SIP/2.0\r\nVia: VIA\r\nTo: <sip:a>\r\nX: 医\r\n"
    assert data == f"{head}Content-Length: 2\r\n\r\nhi".encode()


def test_a_response_copies_what_it_must_and_tags_the_to():
    data = response(received(ask()), Reply(486, "near", [("Reason", "x")], b"why"))
    assert data == lines(
        "SIP/2.0 486 Busy Here",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa1",
        'From: "Ann" <sip:ann@192.0.2.1>;tag=far',
        "To: <sip:100@192.0.2.9>;tag=near",
        "Call-ID: c1@192.0.2.1",
        "CSeq: 1 INVITE",
        "Reason: x",
        "Content-Length: 3",
        body=b"why",
    )


def test_a_to_that_has_a_tag_keeps_it_and_100_adds_none():
    assert parse(response(received(ask(to_tag="old")), Reply(200, "new"))).to_tag == "old"
    assert parse(response(received(ask()), Reply(100, "new"))).to_tag == ""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (100, "Trying"), (180, "Ringing"), (181, "Call Is Being Forwarded"), (182, "Queued"),
        (183, "Session Progress"), (199, "Early Dialog Terminated"), (200, "OK"),
        (202, "Accepted"), (204, "No Notification"), (300, "Multiple Choices"),
        (301, "Moved Permanently"), (302, "Moved Temporarily"), (305, "Use Proxy"),
        (380, "Alternative Service"), (400, "Bad Request"), (401, "Unauthorized"),
        (402, "Payment Required"), (403, "Forbidden"), (404, "Not Found"),
        (405, "Method Not Allowed"), (406, "Not Acceptable"),
        (407, "Proxy Authentication Required"), (408, "Request Timeout"), (410, "Gone"),
        (412, "Conditional Request Failed"), (413, "Request Entity Too Large"),
        (414, "Request-URI Too Long"), (415, "Unsupported Media Type"),
        (416, "Unsupported URI Scheme"), (420, "Bad Extension"), (421, "Extension Required"),
        (422, "Session Interval Too Small"), (423, "Interval Too Brief"),
        (428, "Use Identity Header"), (430, "Flow Failed"), (433, "Anonymity Disallowed"),
        (437, "Unsupported Credential"), (480, "Temporarily Unavailable"),
        (481, "Call/Transaction Does Not Exist"), (482, "Loop Detected"), (483, "Too Many Hops"),
        (484, "Address Incomplete"), (485, "Ambiguous"), (486, "Busy Here"),
        (487, "Request Terminated"), (488, "Not Acceptable Here"), (489, "Bad Event"),
        (491, "Request Pending"), (493, "Undecipherable"), (494, "Security Agreement Required"),
        (500, "Server Internal Error"), (501, "Not Implemented"), (502, "Bad Gateway"),
        (503, "Service Unavailable"), (504, "Server Time-out"), (505, "Version Not Supported"),
        (513, "Message Too Large"), (580, "Precondition Failure"), (600, "Busy Everywhere"),
        (603, "Decline"), (604, "Does Not Exist Anywhere"), (606, "Not Acceptable"),
        (607, "Unwanted"), (608, "Rejected"),
    ],
)  # fmt: skip
def test_a_status_has_the_words_of_its_rfc(code: int, reason: str):
    head = response(received(ask()), Reply(code)).partition(b"\r\n")[0]
    assert head.decode() == f"SIP/2.0 {code} {reason}"


def test_a_reason_of_ones_own_and_an_unknown_code():
    message = received(ask())
    assert response(message, Reply(480, reason="Gone Home")).startswith(b"SIP/2.0 480 Gone Home\r")
    assert response(message, Reply(499)).startswith(b"SIP/2.0 499 \r\n")


@pytest.mark.parametrize(
    ("via", "stamped"),
    [
        ("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa", None),
        ("SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKa",
         "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;received=203.0.113.5;rport=33333"),
        ("SIP/2.0/UDP phone.local;branch=z9hG4bKa;received=1.2.3.4",
         "SIP/2.0/UDP phone.local;branch=z9hG4bKa;received=203.0.113.5"),
        ('SIP/2.0/UDP a;x="b, c";y, SIP/2.0/UDP d;rport',
         'SIP/2.0/UDP a;x="b, c";y;received=203.0.113.5, SIP/2.0/UDP d;rport'),
    ],
)  # fmt: skip
def test_the_top_via_is_stamped_with_where_the_request_came_from(via: str, stamped: str | None):
    data = ask().replace(b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa1", via.encode())
    flow = FAR if stamped else UDP
    assert parse(response(received(data, flow), Reply(200))).header("via") == (stamped or via)


def test_all_vias_go_back_in_their_order():
    data = ask().replace(b"From:", b"Via: SIP/2.0/UDP b\r\nv: SIP/2.0/UDP c\r\nFrom:")
    answer = parse(response(received(data), Reply(200)))
    assert [via[-1] for via in answer.headers("via")[1:]] == ["b", "c"]


def test_record_route_goes_back_where_a_dialog_may_form():
    data = ask().replace(b"From:", b"Record-Route: <sip:p;lr>\r\nRecord-Route: <sip:q;lr>\r\nFrom:")
    for code, count in ((100, 0), (180, 2), (200, 2), (486, 0)):
        answer = parse(response(received(data), Reply(code, "t")))
        assert len(answer.headers("record-route")) == count
    options = data.replace(b"INVITE", b"OPTIONS")
    assert not parse(response(received(options), Reply(200, "t"))).has("record-route")


def test_a_100_returns_the_timestamp():
    data = ask().replace(b"From:", b"Timestamp: 54\r\nFrom:")
    assert parse(response(received(data), Reply(100))).header("timestamp") == "54"
    assert not parse(response(received(data), Reply(180))).has("timestamp")


def test_octets_that_are_no_text_go_back_as_they_came():
    data = ask().replace(b"Ann", b"\xff\xfe")
    assert b'From: "\xff\xfe" <sip:ann@192.0.2.1>;tag=far\r\n' in response(
        received(data), Reply(200)
    )


@pytest.mark.parametrize("value", ["a\r\nVia: b", "a\nb", "a\rb", "\r\n"])
def test_a_line_end_in_a_header_never_leaves(value: str):
    with pytest.raises(ValueError, match="line end"):
        response(received(ask()), Reply(200, headers=[("Contact", value)]))
    with pytest.raises(ValueError, match="line end"):
        request(asked(extra=[("Subject", value)]), "VIA")


def malformed(data: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        received(data)
    caught.value.message.flow = FAR
    return caught.value


def test_a_refusal_says_what_is_wrong_and_repeats_what_there_was():
    bad = malformed(ask().replace(b"1 INVITE", b"-1 INVITE").replace(b"Call-ID: c1", b"X: "))
    answer = parse(refusal(bad, "near"))
    assert (answer.code, answer.header("warning")) == (400, '399 pbx "Missing Call-Id"')
    assert (answer.to_tag, answer.header("cseq")) == ("near", "-1 INVITE")


def test_a_refusal_of_a_message_whose_addresses_cannot_be_read_is_still_an_answer():
    broken = ask().replace(b"<sip:100@192.0.2.9>", b'"x <sip:100>;tag=1')
    data = refusal(malformed(broken.replace(b"192.0.2.1;branch", b"?;branch")), "near")
    assert b'To: "x <sip:100>;tag=1\r\n' in data
    assert b"Via: SIP/2.0/UDP ?;branch=z9hG4bKa1\r\n" in data


def test_a_via_list_that_cannot_be_split_goes_back_as_it_came():
    via = b'SIP/2.0/UDP a;branch=z9hG4bKa, "'
    data = ask().replace(b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa1", via)
    assert b"Via: " + via + b"\r\n" in refusal(malformed(data), "near")


def test_a_refusal_of_a_message_without_to_has_none():
    assert b"\r\nTo:" not in refusal(malformed(ask().replace(b"To:", b"X:")), "near")


def test_what_is_dropped_has_no_refusal():
    with pytest.raises(AssertionError):
        refusal(malformed(ask("ACK").replace(b"1 ACK", b"x")), "near")


def test_a_cancel_has_the_to_of_its_invite_and_an_ack_that_of_the_response():
    invite = asked(extra=[("Route", "<sip:p;lr>"), ("Contact", "<sip:us>")])
    cancel, ack = within(invite, "CANCEL"), within(invite, "ACK", to="<sip:ann>;tag=9")
    assert dict(cancel.headers)["To"] == "<sip:ann@192.0.2.1>"
    assert dict(ack.headers)["To"] == "<sip:ann>;tag=9"
    assert [name for name, _ in ack.headers] == [
        "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Route",
    ]  # fmt: skip
