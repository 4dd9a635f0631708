"""`python -m tui --socket PATH`: the console; `pbx console` finds the socket and runs this."""

from __future__ import annotations

import argparse
from pathlib import Path

from tui.app import ConsoleApp


def main() -> None:
    """Run it until the user has enough."""
    parser = argparse.ArgumentParser(prog="python -m tui", description="The supervisor's console.")
    parser.add_argument("--socket", metavar="PATH", type=Path, required=True)
    parser.add_argument("--lang", choices=("en", "zh"), default="")
    parser.add_argument("--slow", action="store_true", help="fewer updates, for a serial line")
    options = parser.parse_args()
    ConsoleApp(options.socket, lang=options.lang, is_slow=options.slow).run()


if __name__ == "__main__":
    main()
