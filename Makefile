# Each target works on its own on a fresh Debian or Ubuntu machine with make, Swift 6.2 or newer, and Python 3.10 or newer.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help build release dist test lint format bench fuzz fresh demo models site runtimes install-deps clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

build: ## Build .build/debug/roost
	@scripts/install-deps.sh build
	swift build --product roost

release: ## Build .build-release/release/roost, with optimization
	@scripts/release.sh

dist: ## Package the release build: dist/ gets a wheel, a tarball and a Debian package
	@scripts/dist.sh

test: ## Run all tests: Swift, the Python SDK, and end to end
	@./test

lint: ## Check formatting, imports, types, scripts, file sizes and the changelog
	@scripts/lint.sh

format: ## Format the Swift and Python sources in place
	@scripts/format.sh

bench: release runtimes ## Benchmark the release build
	@scripts/install-deps.sh build bench browser
	Benchmarks/run.sh

fresh: ## Follow the README on bare Debian 12 and 13 in chroots (requires root)
	@scripts/fresh.sh

fuzz: build runtimes ## Send hostile requests for a minute; for longer, ARGUMENTS="--seconds 1800" (also: --seed, --replay)
	@ROOST_RUNTIMES="$${ROOST_RUNTIMES:-$$PWD/.build/runtimes}" .venv/bin/python Tests/EndToEndTests/support/fuzz.py $(ARGUMENTS)

models: build runtimes ## Convert models of every framework by the guide's lines, and compare the server with them (7 GB)
	@scripts/venv.sh models torch tensorflow
	@ROOST_RUNTIMES="$${ROOST_RUNTIMES:-$$PWD/.build/runtimes}" .venv/bin/python Tests/EndToEndTests/support/brought.py

site: ## Render the documents as a web site in .build/site
	@scripts/venv.sh
	@scripts/venv.sh site
	@.venv/bin/python scripts/make_site.py

demo: ## Run roost demo on a server that is stopped at the end
	@./demo

runtimes: build ## Install ONNX Runtime, XGBoost and TensorFlow into .build/runtimes
	@scripts/venv.sh
	@scripts/runtimes.sh

install-deps: ## Install missing Debian or Ubuntu packages
	@scripts/install-deps.sh build test browser bench lint

clean: ## Remove build outputs, virtual environments and runtimes
	rm -rf .build .build-release dist .venv .pytest_cache .mypy_cache .ruff_cache python/.mypy_cache python/.ruff_cache
