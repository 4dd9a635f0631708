# make build | run | test | bench | lint; the stamps under .venv keep a second run short.
# The system's own Python where there is one: Debian builds it with profile and link optimisation,
# which a Python compiled by hand often lacks (a seventh of the time for each call, measured).
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
KERNEL := $(wildcard kernel/*.pyx kernel/*.pxd)

.DEFAULT_GOAL := build
.PHONY: build run test bench lint peers clean

build: $(VENV)/.kernel

# The demo site: with its console where there is a terminal, else with its events as lines.
run: build
	@$(BIN)/pbx demo

test: $(VENV)/.tests $(VENV)/.kernel peers
	@$(BIN)/pytest

bench: $(VENV)/.bench $(VENV)/.kernel peers
	@$(BIN)/python -m benchmarks.run

lint: $(VENV)/.tests $(VENV)/.kernel
	$(BIN)/ruff check .
	$(BIN)/mypy

peers:
	@.ci/need peers || true

$(VENV)/.python:
	PYTHON=$(PYTHON) .ci/need build
	$(PYTHON) -m venv $(VENV)
	$(PIP) install 'Cython>=3.1' 'setuptools>=77' wheel
	@touch $@

$(VENV)/.package: pyproject.toml setup.py $(VENV)/.python
	$(PIP) install --no-build-isolation --editable '.[fast]'
	@touch $@

$(VENV)/.kernel: $(KERNEL) $(VENV)/.package
	$(BIN)/python setup.py --quiet build_ext --inplace
	@touch $@

$(VENV)/.tests: $(VENV)/.package
	$(PIP) install --no-build-isolation --editable '.[fast,test]'
	@touch $@

$(VENV)/.bench: $(VENV)/.tests
	$(PIP) install --no-build-isolation --editable '.[fast,test,bench]'
	@touch $@

clean:
	rm -rf build dist *.egg-info kernel/*.so $(VENV)/.kernel
