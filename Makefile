# Needs Python 3.11 to 3.13 and make; everything else goes into .venv in this folder.
#
#   make demo       run every science on invented data and open the report it names   (make demo DOMAIN=variants: one)
#   make test       the tests that need neither root nor a browser                     (make test-all: every test)
#   make help       all targets

SHELL   := /bin/bash
PYTHON  ?= python3
CORES   ?= 8
OVERLAY ?= demo
BIN     := .venv/bin
# the tools call each other by name
export PATH := $(CURDIR)/$(BIN):$(PATH)
SNAKEMAKE = snakemake --cores $(CORES) --config $(if $(DOMAIN),domains=$(DOMAIN))

.PHONY: help demo predictions test test-all nightly lint format types docs clean \
  bench-demo bench-variants bench-nowcast bench-lenses bench-proteins bench-scans \
  release-variants release-nowcast release-lenses release-proteins release-scans
.DEFAULT_GOAL := help

help:                ## list the targets
	@sed -n 's/^\([a-z-]*\): *[^#]*## \(.*\)/  make \1 @\2/p' $(MAKEFILE_LIST) | tr '@' '\t' | expand -t 26

demo: .venv/.ready   ## run the whole chain on invented data; its last line is the verdict and the report's path
	@$(SNAKEMAKE) overlay=$(OVERLAY)

test: .venv/.ready-dev   ## the tests that need neither root nor a browser, nor long
	@pytest -m "not slow and not browser" -rs
	@echo "Left out here: tests marked slow (longer than a few seconds) and browser (need Chromium). 'make test-all' runs them."

test-all: .venv/.ready-dev .venv/.ready-pysteps   ## every test; what continuous integration runs
	@pytest -rs

nightly: .venv/.ready-dev .venv/.ready-pysteps   ## the demo and the worked examples on real data (needs SCIML_DATA)
	@$(SNAKEMAKE) overlay=demo
	@$(SNAKEMAKE) overlay=real/variants-na12878
	@$(SNAKEMAKE) overlay=real/nowcast-europe
	@$(SNAKEMAKE) overlay=real/lenses-survey
	@$(SNAKEMAKE) overlay=real/proteins-psicov
	@$(SNAKEMAKE) overlay=real/scans-fundus

lint: .venv/.ready-dev   ## format, style, the import contracts and the workflow's own lint
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	lint-imports
	snakemake --lint

format: .venv/.ready-dev   ## rewrite the sources in the house style
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

types: .venv/.ready-dev   ## mypy, strict; the rooms of every science against their protocols
	mypy
	mypy --explicit-package-bases tests/test_contract.py

docs: .venv/.ready-docs   ## the documentation as a web site in site/
	mkdocs build --strict

bench-variants: .venv/.ready-dev   ## speed of the parts, and quality on the frozen mixes (needs SCIML_DATA)
	python benchmarks/loader.py
	python benchmarks/pileups.py
	python benchmarks/variants.py
	python benchmarks/thinned.py

bench-nowcast: .venv/.ready-dev .venv/.ready-pysteps   ## four days of radar, each left out in turn; cost beside STEPS (hours; needs SCIML_DATA)
	python benchmarks/nowcast.py
	python benchmarks/nowcast_cost.py

bench-demo: demo   ## what the demo costs, and how far each of its networks is above chance
	python benchmarks/demo.py

bench-lenses: .venv/.ready   ## the shipped finder on tiles of three surveys (needs SCIML_DATA)
	@$(SNAKEMAKE) overlay=real/lenses-survey

bench-proteins: .venv/.ready   ## train on most folds of the PSICOV benchmark, test on the others (half an hour; needs SCIML_DATA)
	@$(SNAKEMAKE) overlay=real/proteins-psicov

bench-scans: .venv/.ready   ## train on drawn retinas, read sixteen real ones (needs SCIML_DATA)
	@$(SNAKEMAKE) overlay=real/scans-fundus

release-variants: .venv/.ready   ## train the weights that ship (a quarter of an hour; needs SCIML_DATA)
	@$(SNAKEMAKE) overlay=release domains=variants -- results/release/variants/model
	cp results/release/variants/model/* sciml/models/variants-wgs/

release-nowcast: .venv/.ready   ## train the weights that ship (half an hour; needs SCIML_DATA)
	@$(SNAKEMAKE) overlay=release domains=nowcast -- results/release/nowcast/model
	cp results/release/nowcast/model/* sciml/models/nowcast-europe/

release-lenses: .venv/.ready   ## train the weights that ship, on simulated tiles
	@$(SNAKEMAKE) overlay=release domains=lenses -- results/release/lenses/model
	mkdir -p sciml/models/lenses-ground && cp results/release/lenses/model/* sciml/models/lenses-ground/

release-proteins: .venv/.ready   ## train the weights that ship, on simulated families
	@$(SNAKEMAKE) overlay=release domains=proteins -- results/release/proteins/model
	mkdir -p sciml/models/proteins-potts && cp results/release/proteins/model/* sciml/models/proteins-potts/

release-scans: .venv/.ready   ## train the weights that ship, on drawn retinas and phantoms of a chest
	@$(SNAKEMAKE) overlay=release domains=scans -- results/release/scans/model
	mkdir -p sciml/models/scans-retina && cp results/release/scans/model/* sciml/models/scans-retina/
	@$(SNAKEMAKE) overlay=release/scans-chest -- results/scans-chest/scans/model
	mkdir -p sciml/models/scans-chest && cp results/scans-chest/scans/model/* sciml/models/scans-chest/

clean:               ## remove every run: results, logs, checkpoints
	rm -rf results logs checkpoints .snakemake benchmarks/*/ site dist

# Stamps: a second call is instant. PyTorch comes first, so that its build for this machine (CPU or GPU) is settled
# before anything that needs it.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "sciml needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.venv/.ready: constraints.txt pyproject.toml | .venv/bin/python
	@echo "setting up .venv, once; this takes a few minutes"
	@$(INSTALL) "$$(grep '^torch==' constraints.txt)"
	@$(INSTALL) -e .
	@touch $@

.venv/.ready-dev: .venv/.ready
	@echo "adding the tools of the tests to .venv"
	@$(INSTALL) -e '.[dev]'
	@touch $@

# pysteps (S-PROG, STEPS) comes without wheels: where it cannot be compiled, its methods and their tests are left out
.venv/.ready-pysteps: .venv/.ready
	@echo "adding pysteps to .venv; it is compiled here, which takes some minutes"
	@if $(INSTALL) -e '.[pysteps]' > .venv/pysteps.log 2>&1; then touch $@; \
	  else echo "pysteps could not be built (it needs a C compiler with OpenMP; see .venv/pysteps.log): going on without"; fi

.venv/.ready-docs: .venv/.ready
	@echo "adding the tools of the documentation to .venv"
	@$(INSTALL) -e '.[docs]'
	@touch $@
