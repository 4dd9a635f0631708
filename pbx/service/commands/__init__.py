"""One module per command: `arguments(parser)`, `run(options) -> exit code`; without it no `pbx`."""
