"""A blocking client of the socket, for commands and scripts; the standard library only.

with Client("/run/pbx/control.sock") as client:
    client.call("agent.pause", agent="2001", reason="tea")
    for event in client.events(["queue.*"]):
        print(event["type"])
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

CALL_S = 10.0
EVENTS_WAITING = 10_000
RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

Message = dict[str, Any]


class CallError(Exception):
    """The server said no: `name` is the code name, `reason` what a person can act on."""

    def __init__(self, error: Message) -> None:
        data = error.get("data") or {}
        self.code: int = error.get("code", 0)
        self.name: str = data.get("name", "")
        self.reason: str = data.get("reason") or error.get("message", "")
        super().__init__(f"{self.name}: {self.reason}")


class Inbox:
    """Events not read yet, bounded; what does not fit is told as one `lagged` event."""

    def __init__(self, size: int = EVENTS_WAITING) -> None:
        self._size = size
        self._events: deque[Message] = deque()
        self._lagged: Message | None = None

    def put(self, message: Message) -> None:
        """Keep a notification of the server."""
        event = shown(message)
        last = last_number(event)
        if self._lagged is not None:
            self._lagged["to"] = last
        elif len(self._events) >= self._size:
            self._lagged = {"type": "lagged", "from": event.get("seq") or event["from"], "to": last}
        else:
            self._events.append(event)

    def get(self) -> Message | None:
        """The next event, or None."""
        if self._events:
            return self._events.popleft()
        lagged, self._lagged = self._lagged, None
        return lagged


def request(number: int, method: str, *, params: Message) -> bytes:
    """A request as its line."""
    body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def result(answer: Message) -> Any:
    """What an answer holds; raises CallError."""
    if "error" in answer:
        raise CallError(answer["error"])
    return answer["result"]


def shown(message: Message) -> Message:
    """A notification as an event: `lagged` is one by its type."""
    if message["method"] == "event":
        return dict(message["params"])
    return {"type": message["method"], **message["params"]}


def last_number(event: Message) -> int:
    """The number an event brings its reader to."""
    return int(event.get("seq") or event["to"])


def subscription(topics: Sequence[str], since: int | None, *, epoch: int | None) -> Message:
    """The parameters of `subscribe`."""
    params: Message = {"topics": list(topics)}
    if since is not None:
        params["since"] = since
    if epoch is not None:
        params["epoch"] = epoch
    return params


class Client:
    """A connection. Raises OSError where there is no server, ConnectionError when it is lost."""

    def __init__(self, path: str | os.PathLike[str], *, timeout_s: float = CALL_S) -> None:
        self._timeout_s = timeout_s
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._inbox = Inbox()
        self._number = 0
        try:
            self._socket.settimeout(timeout_s)
            self._socket.connect(os.fspath(path))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rb")

    def call(self, method: str, /, **params: Any) -> Any:
        """The result of a method; raises CallError, or TimeoutError."""
        self._number += 1
        self._socket.settimeout(self._timeout_s)
        with suppress(BrokenPipeError):  # closed on us: why may still be there to be read
            self._socket.sendall(request(self._number, method, params=params))
        while (message := self._read()).get("id") != self._number:
            if "method" in message:
                self._inbox.put(message)
            elif message.get("id") is None:  # the server could not tell whose request it was
                break
        return result(message)

    def subscribe(
        self, topics: Sequence[str] = ("*",), *, since: int | None = None, epoch: int | None = None
    ) -> Message:
        """Start the events of `topics`, after event `since` of `epoch`: `epoch seq topics`."""
        started: Message = self.call("subscribe", **subscription(topics, since, epoch=epoch))
        return started

    def events(
        self, topics: Sequence[str] = ("*",), *, since: int | None = None
    ) -> Iterator[Message]:
        """Subscribe, then each event as it comes (`type`, `seq`, `t`, its fields), without end."""
        self.subscribe(topics, since=since)
        return self.received()

    def received(self) -> Iterator[Message]:
        """Each event of the subscription as it comes; raises ConnectionError at the end."""
        while True:
            event = self._inbox.get()
            if event is None:
                self._socket.settimeout(None)
                message = self._read()
                if "method" not in message:
                    continue
                event = shown(message)
            yield event

    def close(self) -> None:
        """Close the connection."""
        self._lines.close()
        self._socket.close()

    def _read(self) -> Message:
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the server has closed the connection")
        message: Message = json.loads(line)
        return message

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Place:
    """Where a follower stands: the last event it has had, and the server's epoch."""

    def __init__(self) -> None:
        self.since: int | None = None
        self.epoch: int | None = None


def follow(
    path: str | os.PathLike[str], topics: Sequence[str], *, stop: threading.Event
) -> Iterator[Message]:
    """Events for as long as there is a server, and again when there is one, until `stop` is set.

    Nothing is lost over a short break. Where something is, `{"type": "resync_required", …}` comes
    in its place: take a snapshot. The first connection is not retried: raises OSError, CallError.
    """
    place = Place()
    client: Client | None = Client(path)
    while client:
        with client:
            try:
                yield from _resumed(client, topics, place=place)
            except (ConnectionError, TimeoutError):
                client = _again(path, stop)


def _resumed(client: Client, topics: Sequence[str], *, place: Place) -> Iterator[Message]:
    """The events of one connection, from where the one before it ended."""
    try:
        started = client.subscribe(topics, since=place.since, epoch=place.epoch)
    except CallError as error:
        if error.name != "resync_required":
            raise
        started = client.subscribe(topics)
        place.since = None
        yield {"type": error.name, "epoch": started["epoch"], "seq": started["seq"]}
    if place.since is None:
        place.since = started["seq"]
    place.epoch = started["epoch"]
    for event in client.received():
        place.since = last_number(event)
        yield event


def _again(path: str | os.PathLike[str], stop: threading.Event) -> Client | None:
    """Connect as soon as a server is there; None if told to stop before."""
    attempt = 0
    while not stop.wait(RETRY_S[min(attempt, len(RETRY_S) - 1)]):
        try:
            return Client(path)
        except OSError:
            attempt += 1
    return None
