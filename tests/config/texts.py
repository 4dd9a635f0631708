"""A configuration given as text, and what is said about it."""

from __future__ import annotations

from pathlib import Path

from config.layers import load

# a small site without a fault, for tests that add one
SITE = """\
[trunk.gateway]
host = "192.168.1.20:5060"
[extension.201]
password = "wWtR5Ixq9mLr2Bd0"
[queue.sales]
[agent.2001]
extension = "201"
queues = ["sales"]
[[route]]
from = "gateway"
called = "4001"
to = "queue:sales"
"""
SITE_LINES = SITE.count("\n")


def said_of(folder: Path, text: str, *, after_site: bool = False) -> list[str]:
    """Every problem as a line, without the folder; after the site its lines count from 1."""
    file = folder / "pbx.toml"
    file.write_text(SITE + text if after_site else text)
    problems = load(file, not_yet={}).problems
    if after_site:
        lines = (f"{each.line - SITE_LINES}: {str(each).partition(': ')[2]}" for each in problems)
        return list(lines)
    return [str(problem).replace(f"{folder}/", "") for problem in problems]
