"""What is sent: assembled octet for octet, and nothing smuggled into a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.sip.write import assemble


def test_a_message_is_its_start_its_headers_its_length_and_its_body():
    data = assemble(b"BYE sip:a SIP/2.0\r\n", [("From", "\u00c4 <sip:a>"), ("To", "")], b"xy")
    expected = "BYE sip:a SIP/2.0\r\nFrom: \u00c4 <sip:a>\r\nTo: \r\nContent-Length: 2\r\n\r\nxy"
    assert data == expected.encode()


@pytest.mark.parametrize("name", ["To", "To\r\nX"])
@pytest.mark.parametrize("value", ["a\r\nX: b", "a\n", "\r"])
def test_a_line_end_inside_a_header_is_refused(name: str, value: str):
    with pytest.raises(ValueError, match="line end"):
        assemble(b"", [("A", "b"), (name, value)], b"")


def test_text_that_is_no_unicode_is_refused():
    with pytest.raises(UnicodeEncodeError):
        assemble(b"", [("A", "\ud800")], b"")


headers = st.lists(
    st.tuples(
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=5),
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40),
    )
)


@given(st.binary(max_size=20), headers, st.binary(max_size=20))
def test_any_message_is_what_plain_joining_makes(
    start: bytes, given: list[tuple[str, str]], body: bytes
):
    text = "".join(f"{name}: {value}\r\n" for name, value in given)
    expected = start + text.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert assemble(start, given, body) == expected
