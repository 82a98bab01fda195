# `make help` lists the targets. Everything that is needed is installed by `make setup`, which the other
# targets call: once installed, it takes no time.
BUILD := build/release
PYTHON := .venv/bin/python
PREFIX ?= $(HOME)/.local
SOURCE ?= sim
CXX_FILES = $(shell git ls-files '*.cc' '*.h')
# ccache keeps its own folder, so that one checkout finds what another has compiled: paths are told relative to it.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= true

.PHONY: help all setup build demo test check test-cloud bench lint format format-check docs site stubs page golden coverage \
  deploy diff destroy bootstrap install clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "  %-14s %s\n", $$1, $$2}'

all: clean install test format-check  ## clean, install, test, check the format

setup:  ## install what is missing to build (apt packages, .venv), and the Python package
	@tools/setup.sh build

build: setup  ## the program, at build/release/signals
	@cmake --preset release --log-level=WARNING
	@cmake --build $(BUILD) --target signals yahoo_sim

demo: build  ## load, transform and report through the real program over HTTP (SOURCE=yahoo: ten real tickers)
	@SOURCE=$(SOURCE) tools/demo.sh

# Four workers on two cores: the tests wait a third of their time.
test:  ## build and pass every test
	@tools/setup.sh test
	@cmake --preset release --log-level=WARNING
	@cmake --build $(BUILD)
	ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j2
	$(PYTHON) -m pytest -q -n4 --dist worksteal

check:  ## what takes longer: format, lint, sanitizers, fuzzers, kill tests at length
	@tools/setup.sh check
	@tools/check.sh

test-cloud:  ## the images, and the deployed chain in real containers on an emulator of AWS (part of check)
	@tools/setup.sh check
	@tools/test_cloud.sh

bench:  ## ours beside ta, TA-Lib, polars-talib, pandas, curl, yfinance: ratios, goals (REPORT=1: into docs/performance.md)
	@tools/setup.sh bench
	@cmake --preset release --log-level=WARNING
	@cmake --build $(BUILD)
	$(PYTHON) bench/bench.py $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(REPORT),--report docs/performance.md)

lint:  ## clang-tidy and ruff
	@tools/setup.sh check
	@tools/lint.sh

format:  ## clang-format and ruff format, in place
	@tools/setup.sh check
	clang-format -i $(CXX_FILES)
	$(PYTHON) -m ruff format -q . && $(PYTHON) -m ruff check -q --fix .

format-check:  ## fail if `make format` would change anything
	@tools/setup.sh check
	@clang-format --dry-run --Werror $(CXX_FILES)
	$(PYTHON) -m ruff format -q --check . && $(PYTHON) -m ruff check -q .

docs: build  ## write docs/cli.md, docs/indicators.md, docs/tables.md and docs/errors.md from the program's tables
	$(PYTHON) tools/make_docs.py

site:  ## the documentation site, at build/site/index.html: no warning, every link leads somewhere
	@tools/setup.sh docs
	$(PYTHON) -m sphinx -W --keep-going -q -d build/site-cache docs build/site
	$(PYTHON) tools/check_site.py build/site

stubs:  ## write the types of the native Python module anew
	@tools/setup.sh test
	$(PYTHON) -m nanobind.stubgen -q -m numerai_signals._native -o python/numerai_signals/_native.pyi

page:  ## build web/page.html, the page of `signals report`, from web/src
	@tools/setup.sh check
	@tools/page.sh

golden:  ## write the expected output of the command line cases anew, for review
	@tools/setup.sh test
	SIGNALS_GOLDEN=write $(PYTHON) -m pytest -q tests/test_cli.py

coverage:  ## line coverage of the tests, in build/coverage/report.txt
	@tools/setup.sh test
	@tools/coverage.sh

deploy:  ## to AWS: make deploy STAGE=dev (or prod, pipeline); docs/operations.md
	@tools/deploy.sh deploy "$(STAGE)"

diff:  ## what a deployment would change: make diff STAGE=dev
	@tools/deploy.sh diff "$(STAGE)"

destroy:  ## take a stage down again: make destroy STAGE=dev
	@tools/deploy.sh destroy "$(STAGE)"

bootstrap:  ## once for an account: make bootstrap STAGE=dev
	@tools/deploy.sh bootstrap "$(STAGE)"

install: build  ## the program into PREFIX (default ~/.local); it keeps using this checkout's .venv
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:  ## remove everything that was built (not .venv)
	rm -rf build demo-lake
