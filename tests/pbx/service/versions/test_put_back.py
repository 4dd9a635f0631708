"""Files put back in their place: whole, of the same owner and mode, and what was there is kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from config.layers import load
from pbx.service.versions.put_back import placed, planned, put_back
from tests.pbx.service.record.small_disk import no_file_above

STAMP = "20261201-093000"


def a_site(folder: Path) -> Path:
    """pbx.toml and two files in conf.d."""
    (folder / "conf.d").mkdir()
    (folder / "pbx.toml").write_text("[queue.sales]\n")
    os.chmod(folder / "pbx.toml", 0o600)
    for name in ("a.toml", "b.toml"):
        (folder / "conf.d" / name).write_text(f"# {name}\n")
    return folder / "pbx.toml"


def earlier(main: Path) -> dict[str, bytes]:
    """A version without b.toml, with another pbx.toml and with c.toml."""
    return placed(
        {"/x/pbx.toml": b"[queue.old]\n", "/x/conf.d/a.toml": b"# a.toml\n",
         "/x/conf.d/c.toml": b"# c\n"},
        main,
    )  # fmt: skip


def texts(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_the_version_stands_there_and_what_was_there_beside_it(tmp_path: Path) -> None:
    main = a_site(tmp_path)
    plan = planned(earlier(main))
    assert [path.name for path in plan.writes] == ["pbx.toml", "c.toml"]
    assert [path.name for path in plan.extra] == ["b.toml"]
    said = put_back(plan, STAMP)
    assert texts(tmp_path) == {
        "pbx.toml": "[queue.old]\n",
        f"pbx.toml.aside-{STAMP}": "[queue.sales]\n",
        "conf.d/a.toml": "# a.toml\n",
        f"conf.d/b.toml.aside-{STAMP}": "# b.toml\n",
        "conf.d/c.toml": "# c\n",
    }
    assert [line.split()[0] for line in said] == ["kept", "moved", "wrote", "wrote"]
    assert planned(earlier(main)).is_done
    settings = load(main).settings
    assert settings is not None and list(settings.queue) == ["old"]


def test_files_keep_their_mode_and_new_ones_are_not_for_everybody(tmp_path: Path) -> None:
    main = a_site(tmp_path)
    put_back(planned(earlier(main)), STAMP)
    modes = {
        path: stat.S_IMODE((tmp_path / path).stat().st_mode)
        for path in ("pbx.toml", f"pbx.toml.aside-{STAMP}", "conf.d/c.toml")
    }
    assert list(modes.values()) == [0o600, 0o600, 0o640]


def test_a_link_stays_one_and_its_file_is_written(tmp_path: Path) -> None:
    main = a_site(tmp_path)
    kept = tmp_path / "kept"
    kept.mkdir()
    main.rename(kept / "pbx.toml")
    main.symlink_to(kept / "pbx.toml")
    put_back(planned(earlier(main)), STAMP)
    assert main.is_symlink() and (kept / "pbx.toml").read_text() == "[queue.old]\n"
    assert (kept / f"pbx.toml.aside-{STAMP}").read_text() == "[queue.sales]\n"


def test_twice_within_a_second_nothing_is_lost(tmp_path: Path) -> None:
    main = a_site(tmp_path)
    put_back(planned(earlier(main)), STAMP)
    main.write_text("third")
    put_back(planned(earlier(main)), STAMP)
    assert (tmp_path / f"pbx.toml.aside-{STAMP}-2").read_text() == "third"


def test_a_full_disk_leaves_the_files_of_today(tmp_path: Path) -> None:
    main = a_site(tmp_path)
    before = texts(tmp_path)
    files = earlier(main) | {str(tmp_path / "conf.d" / "d.toml"): b"#" * 100_000}
    with no_file_above(50_000), pytest.raises(OSError):
        put_back(planned(files), STAMP)
    assert texts(tmp_path) == before


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    main = tmp_path / "etc" / "pbx.toml"
    put_back(planned(earlier(main)), STAMP)
    assert sorted(texts(tmp_path)) == [
        "etc/conf.d/a.toml", "etc/conf.d/c.toml", "etc/pbx.toml",
    ]  # fmt: skip


def test_leftovers_of_a_killed_attempt_are_not_read_and_not_in_the_way(tmp_path: Path) -> None:
    main = a_site(tmp_path)
    (tmp_path / "conf.d" / f"c.toml.part-{STAMP}").write_text("[[[ half")
    assert load(main).settings is not None
    put_back(planned(earlier(main)), STAMP)
    assert load(main).settings is not None and planned(earlier(main)).is_done
