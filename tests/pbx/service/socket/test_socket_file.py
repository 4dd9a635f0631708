"""Socket files: mode, a dead one replaced, a live one left alone, what cannot be opened said."""

from __future__ import annotations

import grp
import os
import socket
import stat
from pathlib import Path

import pytest

from pbx.service.socket.socket_file import PATH_MAX, SocketError, listen, remove


def test_the_socket_is_open_to_owner_and_group_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with listen(tmp_path / "s", group="no-such-group"):
            mode = (tmp_path / "s").stat().st_mode
        assert os.umask(0) == 0
    finally:
        os.umask(before)
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


def test_the_socket_belongs_to_its_group(tmp_path: Path) -> None:
    number = os.getegid() or grp.getgrnam("daemon").gr_gid  # root may give it to any
    with listen(tmp_path / "s", group=grp.getgrgid(number).gr_name):
        assert (tmp_path / "s").stat().st_gid == number


def test_a_socket_nobody_serves_is_replaced(tmp_path: Path) -> None:
    listen(tmp_path / "s", group="").close()
    with listen(tmp_path / "s", group=""), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "s"))


def test_a_socket_somebody_serves_is_left_alone(tmp_path: Path) -> None:
    with listen(tmp_path / "s", group=""):
        with pytest.raises(SocketError, match=f"another pbx serves {tmp_path / 's'}"):
            listen(tmp_path / "s", group="")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "s"))


def test_a_busy_listener_with_a_full_backlog_counts_as_served(tmp_path: Path) -> None:
    with listen(tmp_path / "s", group="", backlog=0):
        clients = [socket.socket(socket.AF_UNIX) for _ in range(4)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(str(tmp_path / "s"))
        with pytest.raises(SocketError, match="another pbx"):
            listen(tmp_path / "s", group="")
        for client in clients:
            client.close()


def test_a_file_that_is_no_socket_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("precious")
    with pytest.raises(SocketError, match="no socket"):
        listen(tmp_path / "s", group="")
    assert (tmp_path / "s").read_text() == "precious"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SocketError, match="No such file"):
        listen(tmp_path / "no" / "s", group="")


def test_a_path_too_long_for_the_kernel_is_said(tmp_path: Path) -> None:
    with pytest.raises(SocketError, match="longer than"):
        listen(tmp_path / ("x" * PATH_MAX), group="")


def test_only_our_own_file_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with listen(path, group=""):
        inode = path.stat().st_ino
        remove(path, inode + 1)
        assert path.exists()
        remove(path, inode)
        remove(path, inode)
        assert not path.exists()
