"""Topics: which events a client gets."""

from __future__ import annotations

import pytest

from pbx.service.socket.topics import Topics


@pytest.mark.parametrize(
    ("topic", "kind", "scope", "is_wanted"),
    [
        ("*", "call.ended", "", True),
        ("call.*", "call.ended", "sales", True),
        ("call.*", "caller.ended", "", False),
        ("call.ended", "call.ended", "sales", True),
        ("call.ended", "call.ended_late", "", False),
        ("call.sales.*", "call.ended", "sales", True),
        ("call.sales.*", "call.ended", "sales2", False),
        ("call.sales.*", "call.ended", "", False),
        ("call.sales.*", "queue.left", "sales", False),
        ("call.sales.ended", "call.ended", "sales", True),
        ("agent.2001.*", "agent.paused", "2001", True),
        ("queue.*", "agent.paused", "2001", False),
        ("call.a.b.*", "call.ended", "a.b", True),
        ("销售", "销售", "", True),
    ],
)
def test_a_topic_names_an_event_or_all_below_it(
    topic: str, kind: str, scope: str, is_wanted: bool
) -> None:
    assert Topics([topic]).want(kind, scope) is is_wanted


def test_any_of_several_topics_is_enough() -> None:
    topics = Topics(["queue.*", "agent.paused"])
    assert [topics.want(kind, "") for kind in ("queue.left", "agent.paused", "agent.logged")] == [
        True,
        True,
        False,
    ]


def test_no_topics_want_nothing() -> None:
    assert not Topics([]).want("call.ended", "sales")


@pytest.mark.parametrize("topic", ["", "call*", "*.ended", "call.*.ended", "**"])
def test_a_badly_written_topic_is_said(topic: str) -> None:
    with pytest.raises(ValueError, match="topic"):
        Topics([topic])
