"""Versions of the configuration in the record: whole, in order, found by name, bounded."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from pbx.service.record.database import read_only
from pbx.service.record.versions import (
    BYTES_MAX,
    KEPT_MAX,
    UnknownVersion,
    Version,
    kept_versions,
    named_version,
)
from tests.pbx.service.record.store_site import Site

FILES = {"/etc/pbx/pbx.toml": "\ufeff# 王\r\n".encode(), "/etc/pbx/conf.d/a.toml": b""}


def a_version(name: str, files: dict[str, bytes] | None = None) -> Version:
    return Version(name, 1.5, "start", ("site.data=/x",), FILES if files is None else files)


def keep(folder: Path, *versions: Version) -> Site:
    """A record with these versions."""
    site = Site(folder)
    site.store.start(1)
    for each in versions:
        site.store.put_beside(each.row())
    site.store.close()
    assert site.alarms == []
    return site


def kept(site: Site) -> list[Version]:
    with contextlib.closing(read_only(site.path)) as db:
        return list(kept_versions(db))


def test_a_version_comes_back_as_it_was_kept_the_newest_first(tmp_path: Path) -> None:
    site = keep(tmp_path, a_version("aaaa1"), a_version("bbbb2", {"x": b"a = 1"}))
    assert kept(site) == [a_version("bbbb2", {"x": b"a = 1"}), a_version("aaaa1")]
    store = site.open()
    assert store.in_force() == a_version("bbbb2", {"x": b"a = 1"})
    store.close()


def test_a_record_without_versions_has_none_in_force(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.store.in_force() is None
    site.store.close()


def test_the_oldest_of_more_than_200_go(tmp_path: Path) -> None:
    site = keep(tmp_path, *(a_version(f"v{n:04}") for n in range(KEPT_MAX + 3)))
    names = [each.version for each in kept(site)]
    assert (len(names), names[0], names[-1]) == (KEPT_MAX, f"v{KEPT_MAX + 2:04}", "v0003")


def test_the_oldest_of_more_than_20_mb_go_and_the_newest_stays_whatever_its_size(
    tmp_path: Path,
) -> None:
    fourth = {"x": b"#" * (BYTES_MAX // 4)}
    site = keep(tmp_path, *(a_version(f"v{n:04}", fourth) for n in range(4)))
    assert len(kept(site)) == 4
    site = keep(tmp_path, a_version("v0004", {"x": b"#"}))
    assert [each.version for each in kept(site)] == ["v0004", "v0003", "v0002", "v0001"]
    site = keep(tmp_path, a_version("v0005", {"x": b"#" * (BYTES_MAX + 1)}))
    assert [each.version for each in kept(site)] == ["v0005"]


def test_a_version_is_found_by_its_beginning_the_last_of_its_name(tmp_path: Path) -> None:
    last = a_version("abcd1", {"x": b"in other words"})
    site = keep(tmp_path, a_version("abcd1"), last, a_version("abcd2"), a_version("ab%d3"))
    with contextlib.closing(read_only(site.path)) as db:
        assert named_version(db, "abcd1") == last
        assert named_version(db, "ab%d").version == "ab%d3"
        for name, why in [
            ("abcd", "may be abcd1 or abcd2; fix: see `pbx config history`"),
            ("zzzz", "is not kept"),
            ("abc", "too short to name one; fix: give 4 characters or more"),
            ("", "too short"),
        ]:
            with pytest.raises(UnknownVersion, match=why):
                named_version(db, name)


def test_other_words_other_files_or_another_order_are_not_the_same() -> None:
    one = a_version("abcd1")
    assert one.says(a_version("abcd1")._replace(t=9.0, who="li_na"))
    for other in (
        None,
        a_version("abcd2"),
        one._replace(overrides=()),
        one._replace(files={**FILES, "/etc/pbx/pbx.toml": b""}),
        one._replace(files=dict(reversed(FILES.items()))),
    ):
        assert not one.says(other)
