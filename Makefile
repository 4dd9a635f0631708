# make build | run | test | test-asan | bench | lint | plant | lock | newest; the stamps under .venv
# keep a second run short.
# The system's own Python where there is one: Debian builds it with profile and link optimisation,
# which a Python compiled by hand often lacks (a seventh of the time for each call, measured).
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# What is installed is what is pinned: `make lock` pins, from pyproject.toml.
LOCK := .ci/lock
INSTALL := $(PIP) install --require-hashes --requirement
KERNEL := $(wildcard kernel/*.pyx kernel/*.pxd kernel/*/*.pyx kernel/*/*.pxd)

.DEFAULT_GOAL := build

# A copy of the tree whose kernel checks every address and every sum it computes.
ASAN := build/asan
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined

.PHONY: build run test test-asan bench lint plant lock newest peers clean

build: $(VENV)/.kernel

# The demo site: with its console where there is a terminal, else with its events as lines.
run: build
	@$(BIN)/pbx demo

test: $(VENV)/.tests $(VENV)/.kernel peers
	@$(BIN)/pytest

test-asan: $(VENV)/.tests
	@mkdir -p $(ASAN)
	@tar -c --exclude=./build --exclude=./.venv --exclude=./.git --exclude='*.so' . | tar -x -C $(ASAN)
	@cd $(ASAN) && CFLAGS="-O1 -g $(SANITIZE)" LDFLAGS="$(SANITIZE)" \
		$(CURDIR)/$(BIN)/python setup.py --quiet build_ext --inplace
	@cd $(ASAN) && LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
		ASAN_OPTIONS=detect_leaks=0 $(CURDIR)/$(BIN)/python -m pytest tests/kernel

bench: $(VENV)/.bench $(VENV)/.kernel peers
	@$(BIN)/python -m benchmarks.run

lint: $(VENV)/.tests $(VENV)/.kernel
	$(BIN)/ruff check .
	$(BIN)/mypy

# Plants faults in pbx, one at a time, and says which test saw each: make plant SEED=7 COUNT=30
plant: $(VENV)/.tests $(VENV)/.kernel peers
	@$(BIN)/python -m tests.plant --seed $(or $(SEED),1) --count $(or $(COUNT),30)

# Pins again what pyproject.toml has changed; `make lock UPGRADE=--upgrade` moves every pin.
lock: $(VENV)/.uv
	@UV=$(BIN)/uv .ci/make-lock $(UPGRADE)

# The tests against the newest of everything, bounds or not, in a copy with an environment of its own.
newest:
	@PYTHON=$(PYTHON) .ci/newest build/newest

peers:
	@.ci/need peers || true

$(VENV)/.python:
	PYTHON=$(PYTHON) .ci/need build
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.package: pyproject.toml setup.py $(LOCK)/build.txt $(VENV)/.python
	$(INSTALL) $(LOCK)/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.kernel: $(KERNEL) $(VENV)/.package
	$(BIN)/python setup.py --quiet build_ext --inplace
	@touch $@

$(VENV)/.tests: $(LOCK)/test.txt $(VENV)/.package
	$(INSTALL) $(LOCK)/test.txt
	@touch $@

$(VENV)/.bench: $(LOCK)/all.txt $(VENV)/.tests
	$(INSTALL) $(LOCK)/all.txt
	@touch $@

$(VENV)/.uv: $(LOCK)/uv.txt $(VENV)/.python
	$(INSTALL) $(LOCK)/uv.txt
	@touch $@

clean:
	rm -rf build dist *.egg-info kernel/*.so kernel/*/*.so $(VENV)/.kernel
