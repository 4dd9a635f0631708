"""A small site for call-flow tests, and a test of it given as text, played."""

from __future__ import annotations

from pathlib import Path

from config.layers import load
from pbx.service.trial.file import FlowTest, read_tests
from pbx.service.trial.run import Result, run_test

SITE = """\
[site]
timezone = "Asia/Shanghai"
[trunk.gateway]
host = "192.0.2.1:5060"
[trunk.line]
host = "192.0.2.2:5060"
[extension]
201 = { contact = "sip:192.0.2.11:5060" }
202 = { password = "zXk3mVq8Lw2Rt5Yb" }
203 = { contact = "sip:192.0.2.13:5060" }
[hours.day]
open = ["mon-fri 08:00-18:00"]
[[route]]
from = "gateway"
called = "100"
to = "queue:sales"
[[route]]
from = "gateway"
called = "200"
hours = "day"
to = "menu:main"
[[route]]
from = "gateway"
called = "200"
to = "announce:closed"
[[route]]
from = "gateway"
called = "3*"
to = "extension:203"
[[route]]
from = "extensions"
called = "0*"
strip = 1
to = "trunk:gateway,line"
[queue.sales]
record = "always"
wrap_up_s = 10
[menu.main]
prompt = "welcome"
keys = { 1 = "queue:sales", 2 = "extension:203" }
retries = 1
otherwise = "extension:203"
[agent.2001]
extension = "201"
queues = ["sales"]
[agent.2002]
extension = "202"
queues = ["sales"]
[agent.2003]
login = "manual"
queues = ["sales"]
pin = "8264"
"""


def written(folder: Path, text: str) -> list[FlowTest]:
    """A file of tests beside the site, read."""
    (folder / "site.toml").write_text(SITE)
    file = folder / "site.test.toml"
    file.write_text(text)
    return read_tests(str(file))


def played(folder: Path, *steps: str, **more: str) -> Result:
    """One test, of these steps and these further settings (as TOML), played."""
    lines = [f"{key} = {value}\n" for key, value in more.items()]
    text = f'[[test]]\nname = "test"\n{"".join(lines)}steps = [\n'
    text += "".join(f"  {{ {step} }},\n" for step in steps)
    (test,) = written(folder, text + "]\n")
    settings = load(test.config).settings
    assert settings is not None
    return run_test(test, settings)
