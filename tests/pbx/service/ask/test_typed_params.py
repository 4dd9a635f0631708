"""`key=value` words, typed by a method's schema."""

from __future__ import annotations

from typing import Any

import pytest

from pbx.service.ask.typed_params import typed_params
from pbx.service.socket.api import described


def schema(method: str) -> dict[str, Any]:
    return described(method)["params"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("method", "words", "params"),
    [
        ("agent.pause", ["agent=2001"], {"agent": "2001"}),
        ("agent.pause", ["agent=2001", "reason=a=b 喝茶"], {"agent": "2001", "reason": "a=b 喝茶"}),
        ("agent.pause", ["agent=2001", "reason="], {"agent": "2001", "reason": ""}),
        ("call.list", ["limit=20", "queue=sales"], {"limit": 20, "queue": "sales"}),
        (
            "subscribe",
            ["topics=queue.*,call.*", "since=7"],
            {"topics": ["queue.*", "call.*"], "since": 7},
        ),
        ("subscribe", ["since=null", 'topics=["a,b"]'], {"since": None, "topics": ["a,b"]}),
        ("hello", ["api=1,0"], {"api": [1, 0]}),
        ("agent.list", [], {}),
    ],
)
def test_a_value_has_the_type_its_method_takes(
    method: str, words: list[str], params: dict[str, Any]
) -> None:
    assert typed_params(words, schema(method)) == params


@pytest.mark.parametrize(
    ("method", "words", "reason"),
    [
        ("agent.pause", ["2001"], "'2001' is not key=value"),
        ("agent.pause", ["agnt=2001"], "no parameter 'agnt'; there is idem, agent, reason"),
        ("agent.list", ["agent=2001"], "no parameter 'agent'; there is none"),
        ("agent.pause", ["reason=tea"], "missing: agent=…"),
        ("call.list", ["limit=many"], "limit: expected integer, got 'many'"),
        ("call.list", ["limit=true"], "limit: expected integer, got 'true'"),
        ("call.list", ["limit=1.5"], "limit: expected integer, got '1.5'"),
        ("subscribe", ["since="], "since: expected integer or null, got ''"),
    ],
)
def test_what_does_not_fit_is_said(method: str, words: list[str], reason: str) -> None:
    with pytest.raises(ValueError) as error:
        typed_params(words, schema(method))
    assert str(error.value) == reason


def test_booleans_and_untyped_values_are_json() -> None:
    untyped = {"properties": {"a": {"type": "boolean"}, "b": {}}}
    assert typed_params(["a=true", 'b={"x":1}'], untyped) == {"a": True, "b": {"x": 1}}
