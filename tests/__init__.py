"""The tests, as a package: some peer of the benchmarks installs one of that name."""
