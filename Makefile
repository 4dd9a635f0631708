# make build | run | test | test-asan | bench | lint | plant; the stamps under .venv keep a second run short.
# The system's own Python where there is one: Debian builds it with profile and link optimisation,
# which a Python compiled by hand often lacks (a seventh of the time for each call, measured).
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
KERNEL := $(wildcard kernel/*.pyx kernel/*.pxd)

.DEFAULT_GOAL := build

# A copy of the tree whose kernel checks every address and every sum it computes.
ASAN := build/asan
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined

.PHONY: build run test test-asan bench lint plant peers clean

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
