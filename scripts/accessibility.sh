#!/usr/bin/env bash
# Runs the tests of accessibility and prints a report of EN 301 549: clause, proof, result.
# The report is kept as e2e/artifacts/accessibility.md. VDX_PROGRAM: a program to test, instead of
# one that is built first.
. "$(dirname "$0")/lib.sh"

check_tools
need chromium=chromium ip=iproute2
npm_ci e2e
if [ -z "${VDX_PROGRAM:-}" ]; then
  need_compiler
  scripts/web.sh
  as_owner cargo build --locked --bin vdx
  VDX_PROGRAM="$(target_dir)/debug/vdx"
  export VDX_PROGRAM
fi

mkdir -p e2e/artifacts
results=$PWD/e2e/artifacts/accessibility.jsonl report=$PWD/e2e/artifacts/accessibility.md
rm -f "$results" "$report"
# A test that failed is told by the report, with the clauses it leaves unproved.
status=0
npm --prefix e2e test -- accessibility keyboard --results "$results" || status=$?
node e2e/accessibility/report.js "$results" "$report" || status=$?
[ -z "$OWNER" ] || chown -R "$OWNER": e2e/artifacts
say "the report is ${report#"$PWD"/}"
exit "$status"
