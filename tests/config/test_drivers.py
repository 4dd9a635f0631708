"""The drivers of trunks: the checks are handed their names, and say which there are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.layers import load
from config.not_yet import drivers_to_come
from drivers import DRIVERS
from pbx.service import site_file

TRUNK = """\
[trunk.gateway]
driver = "{}"
host = "192.0.2.20"
[[route]]
from = "gateway"
to = "hangup"
"""


def said(folder: Path, driver: str, **options: object) -> list[str]:
    file = folder / "pbx.toml"
    file.write_text(TRUNK.format(driver))
    loaded = load(file, **options) if options else site_file.load(file)  # type: ignore[arg-type]
    return [str(problem).replace(f"{folder}/", "") for problem in loaded.problems]


def test_a_driver_that_there_is_not_is_an_error_with_its_line(tmp_path: Path) -> None:
    assert said(tmp_path, "sip_gatway") == [
        'pbx.toml:2: trunk "gateway": driver: no driver "sip_gatway"; did you mean "sip_gateway"?'
    ]


@pytest.mark.parametrize("driver", ["", "SIP_GATEWAY", "sip gateway", "modems"])
def test_no_other_name_passes(tmp_path: Path, driver: str) -> None:
    assert any("driver" in line and "warning" not in line for line in said(tmp_path, driver))


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_driver_that_is_served_passes(tmp_path: Path, driver: str) -> None:
    assert said(tmp_path, driver) == []


@pytest.mark.parametrize("driver", drivers_to_come())
def test_a_driver_to_come_is_a_warning(tmp_path: Path, driver: str) -> None:
    (line,) = said(tmp_path, driver)
    assert "warning: this driver is not served yet" in line and driver not in DRIVERS


def test_the_names_are_the_services_affair(tmp_path: Path) -> None:
    assert said(tmp_path, "pigeon", drivers=["pigeon"]) == []
    assert said(tmp_path, "pigeon", drivers=()) == []
