"""JSON-RPC: answers, errors, roles, repeated writes, and whatever else may come in a line."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pbx
from pbx.events import (
    HangupAsked,
    LoginAsked,
    LogoutAsked,
    PauseAsked,
    RecordAsked,
    UnpauseAsked,
)
from pbx.service.socket.api import METHODS, Later
from pbx.service.socket.dispatch import LINE_MAX, Dispatch
from tests.pbx.service.socket.fake_site import AGENTS, CALL, FakeSession, FakeSite

HOUR_MS = 3_600_000


class Asker:
    """A dispatch with its site and a session: `ask` gives the answer, `error` the error's name."""

    def __init__(self, role: str = "admin") -> None:
        self.site = FakeSite()
        self.dispatch = Dispatch(self.site)
        self.session = FakeSession(role)

    def line(self, line: bytes, now: int = 0) -> dict[str, Any]:
        answer = self.dispatch.answer(line, self.session, now)
        if isinstance(answer, Later):
            answer = cast(bytes, answer.read())
        assert answer is not None
        assert answer.endswith(b"\n")
        return json.loads(answer)  # type: ignore[no-any-return]

    def ask(self, method: str, now: int = 0, /, **params: Any) -> Any:
        return self.line(request(method, **params), now)["result"]

    def error(self, method: str, now: int = 0, /, **params: Any) -> dict[str, Any]:
        error = self.line(request(method, **params), now)["error"]
        assert error["message"] == error["data"]["reason"]
        return error["data"]  # type: ignore[no-any-return]


def request(method: str, /, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


@pytest.mark.parametrize("given_id", [1, "a", None, 1.5, -7, "王"])
def test_an_answer_carries_the_id_of_its_request(given_id: object) -> None:
    line = json.dumps({"jsonrpc": "2.0", "id": given_id, "method": "hello"}).encode()
    answer = Asker().line(line)
    assert answer["id"] == given_id
    assert answer["jsonrpc"] == "2.0"


def test_a_request_without_an_id_is_done_and_not_answered() -> None:
    asker = Asker()
    line = b'{"jsonrpc":"2.0","method":"agent.pause","params":{"agent":"2001"}}'
    assert asker.dispatch.answer(line, asker.session, 0) is None
    assert asker.site.facts == [PauseAsked("2001", "", "li_na")]


@pytest.mark.parametrize(
    ("line", "name", "code"),
    [
        (b"hello", "parse_error", -32700),
        (b"{", "parse_error", -32700),
        (b'{"method":"hello"} x', "parse_error", -32700),
        (b'{"method":"\xff"}', "parse_error", -32700),
        (b'{"method":"\\ud800"}', "parse_error", -32700),
        (b"[" * 50_000, "invalid_request", -32600),
        (b'{"method":"hello","params":' + b'{"a":' * 50_000, "parse_error", -32700),
        (b"[]", "invalid_request", -32600),
        (b"7", "invalid_request", -32600),
        (b"{}", "invalid_request", -32600),
        (b'{"method":7}', "invalid_request", -32600),
        (b'{"method":"hello","jsonrpc":"1.0"}', "invalid_request", -32600),
        (b'{"method":"hello","id":[]}', "invalid_request", -32600),
        (b'{"method":"nothing","id":1}', "unknown_method", -32601),
        (b'{"method":"hello","id":1,"params":[]}', "bad_params", -32602),
        (b'{"method":"hello","id":1,"params":null}', "bad_params", -32602),
        (b'{"method":"agent.pause","id":1,"params":{}}', "bad_params", -32602),
        (b'{"method":"agent.pause","id":1,"params":{"agent":2001}}', "bad_params", -32602),
        (b'{"method":"agent.pause","id":1,"params":{"agent":""}}', "bad_params", -32602),
        (b'{"method":"hello","id":1,"params":{"client":"\xff"}}', "bad_params", -32602),
        (b'{"method":"agent.pause","id":1,"params":{"agent":"\\ud800"}}', "parse_error", -32700),
        (b" " * (LINE_MAX + 1), "too_large", -32003),
    ],
)
def test_a_bad_line_is_answered_with_what_is_wrong(line: bytes, name: str, code: int) -> None:
    error = Asker().line(line)["error"]
    assert (error["data"]["name"], error["code"]) == (name, code)
    assert error["data"]["reason"]


def test_a_bad_parameter_is_named() -> None:
    assert Asker().error("agent.pause", agent=2001)["reason"] == (
        "agent: Expected `str`, got `int`"
    )


def test_a_parameter_nobody_knows_is_ignored() -> None:
    assert Asker().ask("agent.list", colour="blue") == FakeSite().agents()


def test_hello_tells_version_role_epoch_and_number() -> None:
    asker = Asker("integrator")
    asker.session.events.append("call.ended", {}, t=0.0)
    answer = asker.ask("hello", api=[1, 7], client="test", lang="zh")
    assert answer["api"] == [1, 0]
    assert (answer["server"], answer["version"]) == ("agner", pbx.__version__)
    assert (answer["role"], answer["epoch"], answer["seq"]) == ("integrator", 3, 1)
    assert answer["caps"] == sorted(METHODS)


def test_another_major_version_is_refused() -> None:
    assert Asker().error("hello", api=[2, 0])["name"] == "refused"


def test_every_method_has_a_schema_and_a_sentence() -> None:
    rows = Asker().ask("methods")
    assert [row["method"] for row in rows] == sorted(METHODS)
    assert all(row["about"].endswith(".") for row in rows)
    assert all(row["params"]["type"] == "object" for row in rows)
    pause = next(row for row in rows if row["method"] == "agent.pause")
    assert pause["params"]["required"] == ["agent"]
    assert (pause["writes"], pause["role"]) == (True, "integrator")


def test_one_method_can_be_asked_for() -> None:
    assert [row["method"] for row in Asker().ask("methods", method="hello")] == ["hello"]
    assert Asker().error("methods", method="helo")["name"] == "not_found"


@pytest.mark.parametrize(
    ("method", "params", "fact"),
    [
        ("agent.login", {"agent": "2001"}, LoginAsked("2001", "", "li_na")),
        (
            "agent.login",
            {"agent": "2001", "extension": "209"},
            LoginAsked("2001", "209", "li_na"),
        ),
        ("agent.logout", {"agent": "2001"}, LogoutAsked("2001", "li_na")),
        ("agent.pause", {"agent": "2001", "reason": "喝茶"}, PauseAsked("2001", "喝茶", "li_na")),
        ("agent.unpause", {"agent": "2001"}, UnpauseAsked("2001", "li_na")),
        ("call.hangup", {"call": CALL}, HangupAsked(CALL, "li_na")),
    ],
)
def test_a_write_is_a_fact_with_who_asked(
    method: str, params: dict[str, Any], fact: object
) -> None:
    asker = Asker("integrator")
    asker.site.states = dict.fromkeys(AGENTS, "logged_out")
    assert asker.ask(method, **params) == {"done": True}
    assert asker.site.facts == [fact]


def test_a_refusal_has_a_name_a_detail_and_a_reason() -> None:
    error = Asker().error("agent.login", agent="2001")
    assert error == {
        "name": "refused",
        "detail": "logged_in",
        "reason": "agent 2001 is logged in already",
    }
    assert Asker().error("agent.login", agent="2009")["name"] == "not_found"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("call.hangup", {"call": "a00003-ffffffff"}),
        ("call.explain", {"call": "a00003-ffffffff"}),
        ("queue.status", {"queue": "nowhere"}),
    ],
)
def test_what_is_not_there_is_not_found(method: str, params: dict[str, Any]) -> None:
    asker = Asker()
    assert asker.error(method, **params)["name"] == "not_found"
    assert asker.site.facts == []


@pytest.mark.parametrize(
    ("role", "method", "is_allowed"),
    [
        ("monitor", "agent.list", True),
        ("monitor", "agent.pause", False),
        ("monitor", "config.reload", False),
        ("integrator", "agent.pause", True),
        ("integrator", "config.reload", False),
        ("monitor", "recording.list", False),
        ("supervisor", "system.backup", False),
        ("integrator", "recording.list", True),
        ("supervisor", "agent.pause", True),
        ("admin", "config.reload", True),
    ],
)
def test_a_method_asks_for_a_role(role: str, method: str, is_allowed: bool) -> None:
    params = {"agent": "2001"} if method == "agent.pause" else {}
    answer = Asker(role).line(request(method, **params))
    assert ("result" in answer) is is_allowed
    assert is_allowed or answer["error"]["data"]["name"] == "forbidden"


def test_no_write_is_open_to_a_monitor() -> None:
    assert all(not method.is_write or method.role != "monitor" for method in METHODS.values())


def test_calls_come_in_pages() -> None:
    asker = Asker()
    rows = asker.ask("call.list", limit=2)
    assert len(rows) == 2
    more = asker.ask("call.list", after=rows[-1]["call"])
    assert len(more) == 3
    assert asker.ask("call.list", queue="sales") == [{"call": CALL, "queue": "sales"}]


def test_recordings_are_read_when_the_answer_is_fetched() -> None:
    asker = Asker("integrator")
    answer = asker.dispatch.answer(request("recording.list", queue="sales"), asker.session, 0)
    assert isinstance(answer, Later)
    assert asker.site.threads == set()
    assert asker.ask("recording.list", **{"from": 1.5, "to": 2, "limit": 1})[0]["call"] == CALL
    assert asker.ask("recording.list", queue="other") == []
    line = b'{"jsonrpc":"2.0","method":"recording.list"}'
    assert asker.dispatch.answer(line, asker.session, 0) is None


def test_a_record_that_cannot_be_read_is_refused() -> None:
    asker = Asker()
    asker.site.is_disk_bad = True
    assert asker.error("recording.list")["reason"] == "the record cannot be read: disk I/O error"
    assert asker.error("recording.list", **{"from": -1})["name"] == "bad_params"


def test_a_backup_goes_to_a_path_in_full() -> None:
    assert Asker().ask("system.backup", dest="/srv/b") == {"path": "/srv/b", "recordings": True}
    for dest in ("b", "", "-b", "/" * 5000):
        assert Asker().error("system.backup", dest=dest)["name"] == "bad_params"


@pytest.mark.parametrize("action", ["start", "pause", "resume", "stop"])
def test_a_recording_is_asked_for_by_its_call(action: str) -> None:
    asker = Asker("supervisor")
    assert asker.ask("call.record", call=CALL, action=action) == {"done": True}
    assert asker.site.facts == [RecordAsked(CALL, action, "li_na")]
    assert asker.error("call.record", call="none", action=action)["name"] == "not_found"
    assert asker.error("call.record", call=CALL, action="erase")["name"] == "bad_params"
    assert Asker("integrator").error("call.record", call=CALL, action=action)["name"] == "forbidden"


def test_queue_status_is_one_row_or_all() -> None:
    assert Asker().ask("queue.status", queue="sales")["queue"] == "sales"
    assert [row["queue"] for row in Asker().ask("queue.status")] == ["sales"]


@pytest.mark.parametrize(
    "method", ["trunk.list", "phone.list", "system.status", "queue.list", "snapshot"]
)
def test_a_read_gives_what_the_site_has(method: str) -> None:
    assert Asker("monitor").ask(method)


def test_a_snapshot_tells_the_event_it_stands_at() -> None:
    answer = Asker().ask("snapshot")
    assert (answer["epoch"], answer["seq"]) == (3, 0)


def test_a_reload_that_fails_tells_each_problem_with_its_place() -> None:
    asker = Asker()
    assert asker.ask("config.reload") == {"done": True}
    asker.site.problems = [
        {"file": "pbx.toml", "line": 7, "where": 'queue "sales"', "what": "odd", "is_error": True}
    ]
    assert asker.error("config.reload")["reason"] == 'pbx.toml:7: queue "sales": odd'


def test_a_write_sent_twice_is_done_once() -> None:
    asker = Asker()
    asker.site.states["2001"] = "logged_out"
    for now in (0, 5, 23 * HOUR_MS):
        assert asker.ask("agent.login", now, agent="2001", idem="k1") == {"done": True}
    assert len(asker.site.facts) == 1


def test_a_refusal_is_repeated_too() -> None:
    asker = Asker()
    assert asker.error("agent.login", agent="2001", idem="k1")["detail"] == "logged_in"
    asker.site.states["2001"] = "logged_out"
    assert asker.error("agent.login", agent="2001", idem="k1")["detail"] == "logged_in"


def test_after_a_day_a_key_is_new() -> None:
    asker = Asker()
    asker.ask("agent.pause", 0, agent="2001", idem="k1")
    asker.ask("agent.pause", 24 * HOUR_MS, agent="2001", idem="k1")
    assert len(asker.site.facts) == 2


def test_a_key_belongs_to_who_used_it() -> None:
    asker = Asker()
    asker.ask("agent.pause", agent="2001", idem="k1")
    asker.session = FakeSession(by="wei")
    asker.ask("agent.pause", agent="2001", idem="k1")
    assert len(asker.site.facts) == 2


def test_a_key_used_for_another_request_is_refused() -> None:
    asker = Asker()
    asker.ask("agent.pause", agent="2001", idem="k1")
    assert asker.error("agent.pause", agent="2002", idem="k1")["name"] == "refused"
    assert asker.error("agent.unpause", agent="2001", idem="k1")["name"] == "refused"


def test_subscribe_follows_from_now_or_from_a_number() -> None:
    asker = Asker()
    asker.session.events.append("call.ended", {}, t=0.0)
    answer = asker.ask("subscribe", topics=["call.*"])
    assert answer == {"epoch": 3, "seq": 1, "topics": ["call.*"]}
    asker.ask("subscribe", topics=["call.*"], since=0, epoch=3)
    assert [since for _, since in asker.session.followed] == [None, 0]


@pytest.mark.parametrize("params", [{"since": 2}, {"since": 1, "epoch": 2}, {"epoch": 4}])
def test_a_resume_that_would_miss_events_asks_for_a_snapshot(params: dict[str, int]) -> None:
    asker = Asker()
    asker.session.events.append("call.ended", {}, t=0.0)
    assert asker.error("subscribe", **params)["name"] == "resync_required"
    assert asker.session.followed == []


def test_a_resume_from_before_the_ring_asks_for_a_snapshot() -> None:
    asker = Asker()
    for _ in range(102_000):
        asker.session.events.append("call.ended", {}, t=0.0)
    first = asker.session.events.first
    assert asker.error("subscribe", since=first - 2)["name"] == "resync_required"
    assert asker.ask("subscribe", since=first - 1)


@pytest.mark.parametrize("topics", [["call*"], [""], ["a"] * 65, ["x" * 201], "call.*"])
def test_bad_topics_are_refused(topics: object) -> None:
    assert Asker().error("subscribe", topics=topics)["name"] == "bad_params"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(["agent", "call", "queue", "topics", "since", "limit", "idem", "api"])


@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(sorted(METHODS)) | st.text(max_size=10),
    params=st.dictionaries(FIELDS, JSON) | JSON,
    number=JSON,
)
def test_any_json_is_answered(method: str, params: object, number: object) -> None:
    line = json.dumps({"id": number, "method": method, "params": params}).encode()
    answer = Asker().line(line)
    assert ("result" in answer) != ("error" in answer)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(line: bytes) -> None:
    assert "error" in Asker().line(line)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_request_with_bytes_changed_is_answered_or_done(data: st.DataObject) -> None:
    line = bytearray(request("agent.pause", agent="2001", reason="喝茶", idem="k"))
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    answer = Asker().dispatch.answer(line, FakeSession(), 0)
    assert answer is None or json.loads(answer)
