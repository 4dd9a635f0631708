"""Who is at the other end of the socket, and what that person may do.

The kernel tells the peer's uid (SO_PEERCRED); `[user.NAME]` tables give uids a name and a role.
Root and the account the exchange runs as are admin; anybody else may read.
"""

from __future__ import annotations

import os
import pwd
import socket
import struct
from collections.abc import Mapping
from typing import NamedTuple, Protocol

LEAST = "monitor"


class User(Protocol):
    """What is needed of a `[user.NAME]` table."""

    @property
    def unix(self) -> str:
        """The account's name or number."""

    @property
    def role(self) -> str:
        """A key of `api.RANKS`."""


class Person(NamedTuple):
    """A name for the record, and a role."""

    name: str
    role: str


class Accounts:
    """Uids and their persons, looked up once: no account database on the loop."""

    __slots__ = ("_persons", "unknown")

    def __init__(self, users: Mapping[str, User]) -> None:
        self._persons: dict[int, Person] = {}
        self.unknown: list[str] = []  # users whose account does not exist here
        for name, user in users.items():
            uid = _uid(user.unix)
            if uid is None:
                self.unknown.append(name)
            else:
                self._persons[uid] = Person(name, user.role)
        for uid in (0, os.geteuid()):
            known = self._persons.get(uid)
            self._persons[uid] = Person(known.name if known else _account(uid), "admin")

    def person(self, uid: int, *, is_control: bool) -> Person:
        """Who a uid is; over the monitor socket everybody only reads."""
        person = self._persons.get(uid) or Person(f"uid {uid}", LEAST)
        return person if is_control else Person(person.name, LEAST)


def peer_uid(connection: socket.socket) -> int:
    """The uid of the process at the other end, as it was when it connected."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return int(struct.unpack("3i", credentials)[1])


def _uid(account: str) -> int | None:
    """An account's uid by name or number; None if there is no such account."""
    if account.isdecimal():
        return int(account)
    try:
        return pwd.getpwnam(account).pw_uid
    except KeyError:
        return None


def _account(uid: int) -> str:
    """A uid's name, or its number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
