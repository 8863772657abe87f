#!/usr/bin/env bash
# Format, lints and licences, without running a test.
. "$(dirname "$0")/lib.sh"

say "format"
as_owner cargo fmt --all --check
say "clippy"
as_owner cargo clippy --locked --workspace --all-targets -- -D warnings
say "shell scripts"
need shellcheck=shellcheck
shellcheck -x scripts/*.sh .ci/run
if command -v cargo-deny >/dev/null; then
  say "licences and sources of the libraries"
  as_owner cargo deny --locked check bans licenses sources
else
  say "SKIPPED: the licence check needs cargo-deny (cargo install cargo-deny)"
fi
