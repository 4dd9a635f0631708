"""A Unix socket as a file: bound with its mode and group, a dead one replaced, a live one not."""

from __future__ import annotations

import errno
import grp
import os
import socket
from pathlib import Path

PATH_MAX = 107  # bytes, sun_path of <sys/un.h>
UMASK = 0o117  # leaves 0660


class SocketError(OSError):
    """A socket cannot be opened; the text says which, why, and what to do."""


def listen(path: Path, *, group: str, backlog: int = 64) -> socket.socket:
    """A listening socket at `path`, mode 0660, of `group` where that exists and may be given.

    Raises SocketError.
    """
    if len(os.fsencode(path)) > PATH_MAX:
        raise SocketError(f"{path}: longer than {PATH_MAX} bytes; fix: a shorter path in [api]")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        _clear(path)
        _bind(listener, path)
        _give(path, group)
        listener.listen(backlog)
    except SocketError:
        listener.close()
        raise
    except OSError as error:
        listener.close()
        raise SocketError(f"cannot open {path}: {error.strerror}") from error
    return listener


def remove(path: Path, inode: int) -> None:
    """Take a socket file away, unless another has taken its place."""
    try:
        if path.stat().st_ino == inode:
            path.unlink()
    except FileNotFoundError:
        return


def _clear(path: Path) -> None:
    """Take away a socket file nobody serves any more."""
    if not path.is_socket():
        if path.exists():
            raise SocketError(f"cannot open {path}: there is a file that is no socket")
        return
    if _answers(path):
        raise SocketError(f"another pbx serves {path}")
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    """True if a process listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        found = probe.connect_ex(os.fsencode(path))
    return found in (0, errno.EAGAIN, errno.EINPROGRESS)


def _bind(listener: socket.socket, path: Path) -> None:
    """Bind with the mode in place from the first moment."""
    before = os.umask(UMASK)
    try:
        listener.bind(os.fsencode(path))
    finally:
        os.umask(before)


def _give(path: Path, group: str) -> None:
    """Give the file to a group, where there is one and we may."""
    try:
        os.chown(path, -1, grp.getgrnam(group).gr_gid)
    except (KeyError, PermissionError):
        return
