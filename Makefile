# Each target is one script in scripts/; the scripts say what they do and can be run by themselves.
.DEFAULT_GOAL := help
.PHONY: help run run-lan test accessibility fuzz build web fmt lint bench bench-rooms bench-denmark clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install what is missing, build, and serve the hub with demo data on http://localhost:8080
	@scripts/run.sh

run-lan: ## The same over https for the other devices on this network, with a self-made certificate
	@scripts/run.sh lan

test: ## Install what is missing and run every test: format, lints, Rust, web, browsers
	@scripts/test.sh

accessibility: ## Run the tests of accessibility and print a report of EN 301 549: clause, proof, result
	@scripts/accessibility.sh

fuzz: ## Try every operation of every API document with 200 made-up calls each, then fuzz SDP, STUN, RTP, RTCP and the client API for 60 s each
	@scripts/fuzz.sh
	@scripts/fuzz-targets.sh

build: ## Build the program for use: web apps and a release binary in target/release/vdx
	@scripts/build.sh --release

web: ## Build the web apps (web/dist)
	@scripts/web.sh

fmt: ## Format the Rust sources
	@cargo fmt --all

lint: ## Format check, clippy, shellcheck and the licence check
	@scripts/lint.sh

bench: ## Run the benchmarks: one line a figure, `name value unit (peer value, ratio)`
	@scripts/bench.sh

bench-rooms: ## Forwarding in rooms of several kinds, beside Janus: CPU a packet, latency, memory
	@scripts/bench-rooms.sh

bench-denmark: ## The busiest load of a country, or as much of it as this machine can host (MINUTES=10)
	@scripts/bench-denmark.sh

clean: ## Remove what was built (never the data folder)
	@rm -rf target fuzz/target fuzz/seeds fuzz/grown web/dist web/node_modules e2e/node_modules .fuzzer .signer e2e/screenshots e2e/artifacts
