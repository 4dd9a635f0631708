"""Who may do what: uids, accounts, the two sockets."""

from __future__ import annotations

import os
import pwd
import socket

from config.settings import User
from pbx.service.socket.accounts import Accounts, Person, peer_uid

NOBODY = pwd.getpwnam("nobody").pw_uid
STRANGER = 4_000_000


def test_root_and_our_own_account_are_admin_on_control() -> None:
    accounts = Accounts({})
    assert accounts.person(0, is_control=True) == Person("root", "admin")
    assert accounts.person(os.geteuid(), is_control=True).role == "admin"


def test_over_the_monitor_socket_everybody_only_reads() -> None:
    accounts = Accounts({"li_na": User(unix="nobody", role="admin")})
    assert accounts.person(0, is_control=False) == Person("root", "monitor")
    assert accounts.person(NOBODY, is_control=False) == Person("li_na", "monitor")


def test_an_account_has_the_role_of_its_user_by_name_or_number() -> None:
    for unix in ("nobody", str(NOBODY)):
        accounts = Accounts({"li_na": User(unix=unix, role="integrator")})
        assert accounts.person(NOBODY, is_control=True) == Person("li_na", "integrator")


def test_our_own_account_keeps_its_role_and_takes_its_name() -> None:
    accounts = Accounts({"boss": User(unix=str(os.geteuid()), role="monitor")})
    assert accounts.person(os.geteuid(), is_control=True) == Person("boss", "admin")


def test_an_account_nobody_named_only_reads() -> None:
    assert Accounts({}).person(STRANGER, is_control=True) == Person(f"uid {STRANGER}", "monitor")


def test_a_user_without_an_account_here_is_told() -> None:
    users = {"ghost": User(unix="no-such-account"), "empty": User()}
    assert Accounts(users).unknown == ["ghost", "empty"]


def test_the_kernel_tells_the_peer() -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    with near, far:
        assert peer_uid(near) == os.geteuid()
