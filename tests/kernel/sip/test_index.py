"""The header index: lines, folds, names, faults and limits, on whole and on broken heads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.sip import index as sip_index
from kernel.sip.head import Head
from kernel.sip.index import index
from tests.pbx.sip.wire import lines

REQUEST = "INVITE sip:a@b SIP/2.0"


def read(*texts: str) -> Head:
    return index(lines(*texts), 16_384, 256)


def fault(data: bytes, *, head_max: int = 16_384, lines_max: int = 256) -> int:
    return index(data, head_max, lines_max).fault


def test_the_start_line_of_a_request_is_read():
    head = read("INVITE sip:a@b;x=%20 SIP/2.0", "Via: v")
    assert (head.is_request, head.method, head.uri) == (True, "INVITE", "sip:a@b;x=%20")
    assert (head.code, head.reason, head.fault, head.count) == (0, "", sip_index.FINE, 1)


def test_the_start_line_of_a_response_is_read():
    head = read("SIP/2.0 486 Busy Here", "Via: v")
    assert (head.is_request, head.code, head.reason) == (False, 486, "Busy Here")
    assert read("sip/2.0 100 ").fault == sip_index.FINE
    assert read("SIP/2.0 100").reason == ""


def test_names_are_found_in_any_case_in_both_forms_and_with_space_before_the_colon():
    head = read(REQUEST, "vIA: one", "v \t: two", "X-Own: three", "x-oWN:four")
    assert head.texts("via") == ["one", "two"]
    assert head.text("via") == "one"
    assert head.texts("x-own") == ["three", "four"]
    assert head.text("y-own") is None


@pytest.mark.parametrize("name", sip_index.NAMES)
def test_every_known_header_is_known(name: str):
    head = read(REQUEST, f"{name.upper()}: 1")
    assert head.seen == 1 << sip_index.NAMES.index(name)
    assert (head.text(name), head.twice) == ("1", 0)


@pytest.mark.parametrize("short", sip_index.COMPACT)
def test_every_compact_form_is_its_long_form(short: str):
    assert read(REQUEST, f"{short}: 1").text(sip_index.COMPACT[short]) == "1"


def test_a_header_that_comes_again_is_noted():
    head = read(REQUEST, "Call-ID: 1", "i: 2", "Own: 1", "Own: 2")
    assert head.twice == head.seen == 1 << sip_index.NAMES.index("call-id")


def test_folds_become_one_space():
    head = read(REQUEST, "Subject: one\r\n  two\r\n\tthree", "To:\r\n here", "Own: \r\n ")
    assert head.text("subject") == "one two three"
    assert (head.text("to"), head.text("own")) == ("here", "")
    assert head.raws("subject") == [b"one two three"]


def test_a_value_is_text_even_when_its_octets_are_none():
    head = index(b"OPTIONS sip:a SIP/2.0\r\nSubject: \xe5\x8c\xbb\xff\r\n\r\n", 999, 9)
    assert head.text("subject") == "医\ufffd"
    assert head.raws("subject") == [b"\xe5\x8c\xbb\xff"]


def test_the_body_starts_after_the_empty_line():
    data = lines(REQUEST, "l: 0003", body=b"abc\r\n\r\n")
    head = index(data, 999, 9)
    assert (data[head.body :], head.content_length) == (b"abc\r\n\r\n", 3)
    assert read(REQUEST).content_length == -1


def test_line_ends_before_the_start_line_are_passed_over():
    assert index(b"\r\n\r\n" + lines(REQUEST, "v: 1"), 999, 9).text("via") == "1"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "NOT_SIP"),
        (b"\r\n\r\n", "NOT_SIP"),
        (b"\x00\x00\x00\x00", "NOT_SIP"),
        (b"INVITE", "NOT_SIP"),
        (b" INVITE sip:a SIP/2.0\r\n\r\n", "NOT_SIP"),
        (b"IN(ITE sip:a SIP/2.0\r\n\r\n", "NOT_SIP"),
        (b"GET / HTTP/1.1\r\n\r\n", "START_LINE"),
        (b"INVITE  sip:a SIP/2.0\r\n\r\n", "START_LINE"),
        (b"INVITE sip:a  SIP/2.0\r\n\r\n", "START_LINE"),
        (b"INVITE sip:a;x y SIP/2.0\r\n\r\n", "START_LINE"),
        (b"INVITE sip:a SIP/2.0 \r\n\r\n", "START_LINE"),
        (b"INVITE SIP/2.0\r\n\r\n", "START_LINE"),
        (b"INVITE sip:a SIP/2.\r\n\r\n", "VERSION"),
        (b"INVITE sip:a SIP/2.00\r\n\r\n", "VERSION"),
        (b"INVITE sip:a SIP/3.0\r\n\r\n", "VERSION"),
        (b"SIP/3.0 200 OK\r\n\r\n", "VERSION"),
        (b"SIP/2.0 20 OK\r\n\r\n", "START_LINE"),
        (b"SIP/2.0 2000 OK\r\n\r\n", "START_LINE"),
        (b"SIP/2.0 099 OK\r\n\r\n", "START_LINE"),
        (b"SIP/2.0 700 OK\r\n\r\n", "START_LINE"),
        (b"SIP/2.0 2x0 OK\r\n\r\n", "START_LINE"),
        (b"SIP/2.0\r\n\r\n", "START_LINE"),
        (b"INVITE sip:a SIP/2.0\r\nA: b\x00\r\n\r\n", "CONTROL"),
        (b"INVITE sip:a SIP/2.0\r\nA: b\rc\r\n\r\n", "CONTROL"),
        (b"INVITE sip:a SIP/2.0\r\nA: b\nC: d\r\n\r\n", "CONTROL"),
        (b"INVITE sip:a SIP/2.0\r\nA: \x1b[2J\r\n\r\n", "CONTROL"),
        (b"INVITE sip:a SIP/2.0\r\nA: \x7f\r\n\r\n", "CONTROL"),
        (b'INVITE sip:a SIP/2.0\r\nA: "b\\\\\x01"\r\n\r\n', "CONTROL"),
        (b'INVITE sip:a SIP/2.0\r\nA: "b" \\\x01\r\n\r\n', "CONTROL"),
        (b'INVITE sip:a SIP/2.0\r\nA: "\\\x01" \x01\r\n\r\n', "CONTROL"),
        (b'INVITE sip:a"\\\x01" SIP/2.0\r\n\r\n', "CONTROL"),
        (b'INVITE sip:a SIP/2.0\r\nA: "\\\r"\r\n\r\n', "CONTROL"),
        (b'INVITE sip:a SIP/2.0\r\nA: "\\\n"\r\n\r\n', "CONTROL"),
        (b'INVITE sip:a SIP/2.0\r\ni: "\\\x01"\r\n\r\n', "CONTROL"),
        (b"INVITE sip:a SIP/2.0\r\n: b\r\n\r\n", "LINE"),
        (b"INVITE sip:a SIP/2.0\r\nno colon\r\n\r\n", "LINE"),
        (b"INVITE sip:a SIP/2.0\r\na b: c\r\n\r\n", "LINE"),
        (b"INVITE sip:a SIP/2.0\r\n folded\r\n\r\n", "LINE"),
        (b"INVITE sip:a SIP/2.0\r\nA: b\r\n", "UNENDED"),
        (b"INVITE sip:a SIP/2.0\r\nA: b", "UNENDED"),
        (b"INVITE sip:a SIP/2.0\r\nA: b\r\n ", "UNENDED"),
        (b"INVITE sip:a SIP/2.0", "UNENDED"),
        (b"INVITE sip:a SIP/2.0\r\nl: \r\n\r\n", "LENGTH"),
        (b"INVITE sip:a SIP/2.0\r\nl: 0x1\r\n\r\n", "LENGTH"),
        (b"INVITE sip:a SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\n", "LENGTH"),
        (b"INVITE sip:a SIP/2.0\r\nl: 99999999999999999999\r\n\r\n", "LENGTH"),
    ],
)
def test_the_first_fault_is_noted(data: bytes, expected: str):
    assert fault(data) == getattr(sip_index, expected)


def test_lines_after_a_fault_can_still_be_read():
    head = read("INVITE sip:a b SIP/2.0", "no colon", "Via: 1", "To: \x01", "From: 2")
    assert (head.text("via"), head.text("from")) == ("1", "2")
    assert head.fault == sip_index.START_LINE


def test_no_control_character_of_a_faulty_head_gets_into_a_value():
    head = read(REQUEST, "To: a\x00b\nVia: c\rd\te")
    assert (head.text("to"), head.raws("to")) == ("abVia: cd\te", [b"abVia: cd\te"])


def test_quoted_controls_are_no_part_of_a_value_and_go_back_as_they_came():
    value = '"a\\\x01\\\\\\\x7f \\"\\\0b" \t"\\\x1b"'
    head = read(REQUEST, f"To: {value}", 'From: "\\\x02"\r\n "\\\x03"', "Via: 1")
    assert head.fault == sip_index.FINE
    assert head.raws("to") == [value.encode()]
    assert head.text("to") == '"a\\\\ \\"b" \t""'
    assert (head.text("from"), head.text("via")) == ('"" ""', "1")


def test_as_many_lines_as_allowed_pass_and_one_more_is_a_fault():
    data = lines(REQUEST, *["X: 1"] * 9)
    assert fault(data, lines_max=9) == sip_index.FINE
    assert fault(data, lines_max=8) == sip_index.LINES


def test_a_head_as_long_as_allowed_passes_and_one_octet_more_is_a_fault():
    data = lines(REQUEST, "X: 1", body=b"body")
    head_length = len(data) - 4
    assert fault(data, head_max=head_length) == sip_index.FINE
    assert fault(data, head_max=head_length - 1) == sip_index.TOO_LONG


def test_limits_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="limits"):
        index(b"", 10, sip_index.LINES_LIMIT + 1)
    with pytest.raises(ValueError, match="limits"):
        index(b"", -1, 1)


def plain_split(data: bytes) -> list[tuple[str, str]]:
    """Names and values of a well-formed head, the slow way."""
    head = data.partition(b"\r\n\r\n")[0].decode()
    found = []
    for line in head.replace("\r\n ", " ").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        found.append((name.strip().lower(), value.strip(" \t")))
    return found


NAME = st.text("abcXYZ-09", min_size=1, max_size=30)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="\x7f"))


@given(st.lists(st.tuples(NAME, VALUE), max_size=20))
def test_unknown_headers_are_found_as_a_plain_split_finds_them(pairs: list[tuple[str, str]]):
    data = lines(REQUEST, *(f"x{name}: {value}" for name, value in pairs))
    head = index(data, 99_999, 256)
    for name, value in plain_split(data):
        assert value in head.texts(name)
    assert head.count == len(pairs)


@given(st.binary(max_size=300))
def test_no_octets_at_all_make_it_raise(data: bytes):
    for start in (b"", b"INVITE sip:a SIP/2.0\r\n", b"SIP/2.0 200 OK\r\nl:"):
        head = index(start + data, 250, 4)
        assert 0 <= head.body <= len(start + data)
        assert head.count <= 4
        for name in sip_index.NAMES:
            head.texts(name)
            head.raws(name)
