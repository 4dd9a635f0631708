"""JSON-RPC 2.0, one line in, one line out: parse, check the role, check the parameters, answer.

    {"jsonrpc":"2.0","id":1,"method":"agent.pause","params":{"agent":"2001","reason":"tea"}}
    {"jsonrpc":"2.0","id":1,"result":{"done":true}}
    {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"…","data":{"name":"bad_params",…}}}

What must wait for the disk comes as `Later`: an answer for another thread to fetch. A request
without `id` is done and not answered. A batch (an array) is not taken: send lines.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from pbx.events import Refused
from pbx.service.socket.api import METHODS, Later
from pbx.service.socket.contract import RANKS, Row, Session, Site
from pbx.service.socket.done_writes import DoneWrites
from pbx.service.socket.masked import masked
from pbx.service.socket.params import Write

LINE_MAX = 1 << 20
ERRORS = {
    "parse_error": -32700,
    "invalid_request": -32600,
    "unknown_method": -32601,
    "bad_params": -32602,
    "refused": -32000,
    "forbidden": -32001,
    "not_found": -32002,
    "too_large": -32003,
    "resync_required": -32004,
    "too_many_clients": -32005,
}

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Id = str | int | float | None


class Request(msgspec.Struct, frozen=True):
    """A request, its parameters not yet looked into."""

    method: str
    jsonrpc: Literal["2.0"] = "2.0"
    params: Raw = Raw(b"{}")
    id: Id | UnsetType = UNSET


_request = msgspec.json.Decoder(Request).decode
_params = {name: msgspec.json.Decoder(method.params).decode for name, method in METHODS.items()}
_json = msgspec.json.Encoder().encode


class Dispatch:
    """Answers the lines of all clients; knows what was asked before."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.done_writes = DoneWrites()

    def answer(self, line: bytes | bytearray, session: Session, now: int) -> bytes | Later | None:
        """The line to send back, with its newline, or `Later`, which reads it; None for a request
        that wants no answer."""
        request = _parsed(line)
        if isinstance(request, Refused):
            return refusal(request)
        result = self._result(request, session, now)
        if request.id is UNSET:
            return None
        if isinstance(result, Later):
            return Later(lambda: _line(_shown(result.read(), session), request.id))
        return _line(_shown(result, session), request.id)

    def _result(self, request: Request, session: Session, now: int) -> object:
        """What the method returns, or why it is not run."""
        method = METHODS.get(request.method)
        if method is None:
            return Refused("unknown_method", f"no method {request.method[:64]!r}; ask 'methods'")
        if RANKS[session.role] < RANKS[method.role]:
            reason = f"{request.method} needs role {method.role}; {session.by} is {session.role}"
            return Refused("forbidden", reason)
        try:
            params = _params[request.method](request.params)
        except NOT_JSON as error:  # or not what the method takes
            return Refused("bad_params", _explained(error))
        if isinstance(params, Write) and params.idem:
            return self._once(request.method, params, session=session, now=now)
        return method.run(self._site, session, params=params)

    def _once(self, name: str, params: Write, *, session: Session, now: int) -> object:
        """Do a write, unless it was done already under the same key."""
        key = (session.by, params.idem)
        found = self.done_writes.find(key, now)
        if found is None:
            result = METHODS[name].run(self._site, session, params=params)
            self.done_writes.keep(key, now, method=name, params=params, result=result)
            return result
        if found[:2] != (name, params):
            return Refused("refused", f"idem {params.idem!r} was used for another request")
        return found[2]


def _shown(result: object, session: Session) -> object:
    """A result as the session may see it."""
    return masked(result) if session.is_masked else result


def _line(result: object, request: Id | UnsetType) -> bytes:
    """What a method returned, as the answer to a request."""
    if isinstance(result, Refused):
        return refusal(result, request)
    return _json({"jsonrpc": "2.0", "id": request, "result": result}) + b"\n"


def refusal(refused: Refused, request: Id | UnsetType = None) -> bytes:
    """An error object as a line; `request` is the id it answers."""
    known = refused.code in ERRORS
    data: Row = {"name": refused.code if known else "refused", "reason": refused.reason}
    if not known:
        data["detail"] = refused.code
    error = {"code": ERRORS[data["name"]], "message": refused.reason, "data": data}
    return _json({"jsonrpc": "2.0", "id": request, "error": error}) + b"\n"


def _parsed(line: bytes | bytearray) -> Request | Refused:
    """A line as a request; a line that is none as the reason why."""
    if len(line) > LINE_MAX:
        return Refused("too_large", f"a request has at most {LINE_MAX} bytes")
    try:
        return _request(line)
    except msgspec.ValidationError as error:
        return Refused("invalid_request", _explained(error))
    except NOT_JSON as error:
        return Refused("parse_error", f"not JSON: {error}")


def _explained(error: Exception) -> str:
    """A validation error with the field in front: `agent: Expected `str`, got `int``."""
    what, _, where = str(error).partition(" - at `$")
    field = where.strip("`.")
    return f"{field}: {what}" if field else what
