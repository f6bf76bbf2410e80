# Each target works alone on a fresh Debian or Ubuntu machine that has Swift 6.2 and Python 3.10, or newer, and make.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help build release test lint format bench fuzz fresh demo runtimes install-deps clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

build: ## Build .build/debug/roost
	@scripts/install-deps.sh build
	swift build --product roost

release: ## Build .build-release/release/roost, with optimisation
	@scripts/install-deps.sh build
	swift build -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked --scratch-path .build-release

test: ## Run all tests: Swift, Python, and the real server end to end
	@./test

lint: ## Check format, imports, types, scripts, file sizes and the changelog
	@scripts/lint.sh

format: ## Format the Swift and Python sources in place
	@scripts/format.sh

bench: release runtimes ## Measure the release build
	@scripts/install-deps.sh build bench
	Benchmarks/run.sh

fresh: ## Run the README's two commands on a bare Debian 12, made in a folder; as root
	@scripts/fresh.sh

fuzz: build runtimes ## Send hostile requests for a minute; ARGUMENTS="--seconds 1800" for longer, --seed, --replay
	@ROOST_RUNTIMES="$${ROOST_RUNTIMES:-$$PWD/.build/runtimes}" .venv/bin/python Tests/EndToEndTests/support/fuzz.py $(ARGUMENTS)

demo: ## Start a server, show what it does with the example models, and end it
	@./demo

runtimes: build ## Install ONNX Runtime, XGBoost and TensorFlow into .build/runtimes
	@scripts/venv.sh
	@scripts/runtimes.sh

install-deps: ## Install the Debian or Ubuntu packages that are missing
	@scripts/install-deps.sh build test browser bench lint

clean: ## Remove what was built, the virtual environment and the runtimes
	rm -rf .build .build-release .venv .pytest_cache .mypy_cache .ruff_cache python/.mypy_cache python/.ruff_cache
