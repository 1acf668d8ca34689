# The front door. Each target installs what it needs from Debian's packages first and says so.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-kubernetes test-clients test-differential test-kill lint format bench bench-apiserver clean configure-dev release
MAKEFLAGS += --no-print-directory

PYTHON := /usr/bin/python3
DEV := build/dev
RELEASE := build/release

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

run: release ## Build dynamod and see a LoRA adapter loaded, from kubectl apply to an answer
	@$(PYTHON) tools/run

test: configure-dev ## Build for tests (ASan, UBSan) and run those that need no cluster
	@cmake --build $(DEV)
	@ctest --test-dir $(DEV) --output-on-failure --no-tests=error --parallel 2

test-kubernetes: release ## Run the tests that need a real Kubernetes API server (Go 1.26 in PATH)
	@$(PYTHON) tests/e2e/run

SERVER := dynamod
test-clients: release ## Run other projects' clients on our API server, or on SERVER=kubernetes (Go 1.26 in PATH)
	@$(PYTHON) tests/conformance/run --server $(SERVER)

test-kill: release ## Kill our API server 200 times under writers and watchers (DYNAMOD_KILLS is another number)
	@DYNAMOD_KILLS=$${DYNAMOD_KILLS:-200} tests/kill/run -s

test-differential: release ## Send the same requests to a real Kubernetes API server and to ours (Go 1.26 in PATH)
	@$(PYTHON) tests/differential/run

lint: configure-dev ## Check format and run clang-tidy on what changed since it was last found clean
	@tools/bootstrap lint
	@$(PYTHON) tools/lint

format: ## Format every C++ source
	@tools/bootstrap lint
	@find src tests bench -name '*.h' -o -name '*.cc' | xargs -r clang-format-19 -i

bench: release ## Measure the operator against a real API server (Go 1.26 in PATH; half an hour)
	@cmake --build $(RELEASE) --target bench_programs
	@$(PYTHON) bench/converge

bench-apiserver: release ## Measure our API server beside kube-apiserver and etcd, its store beside SQLite (Go 1.26 in PATH)
	@cmake --build $(RELEASE) --target store_bench api_load
	@$(RELEASE)/bench/store_bench $(RELEASE)
	@$(PYTHON) bench/apiserver

clean: ## Remove what was built here (the cache folder of Kubernetes programs stays)
	@rm -rf build

configure-dev:
	@tools/bootstrap build
	@cmake --preset dev --log-level=WARNING

release:
	@tools/bootstrap kubernetes
	@cmake --preset release --log-level=WARNING
	@cmake --build $(RELEASE) --target dynamod
