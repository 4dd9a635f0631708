"""One module per command of `pbx`: `arguments(parser)` and `run(options) -> exit code`."""
