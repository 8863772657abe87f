#!/usr/bin/env bash
# Runs the benchmarks on a release build: one line a figure, `name value unit (peer value, ratio)`.
# BENCH_POSTGRES_URL: a PostgreSQL to measure on; without it a throw-away one is started and removed.
. "$(dirname "$0")/lib.sh"
. scripts/postgres.sh

work=$(mktemp -d)
chmod 755 "$work"
trap 'stop_postgres; rm -rf "$work"' EXIT

check_tools
need_compiler
need chromium=chromium initdb=postgresql
scripts/web.sh
npm_ci e2e
say "building for release (the first time takes long)" >&2
as_owner cargo build --locked --release --bin vdx --bin vdx-bench
program=$(target_dir)/release/vdx

if [ -z "${BENCH_POSTGRES_URL:-}" ]; then
  # As it is delivered, so that a commit is on disk.
  start_postgres -c max_connections=100
  export BENCH_POSTGRES_URL=$postgres_url
fi

as_owner env BENCH_POSTGRES_URL="$BENCH_POSTGRES_URL" "$(target_dir)/release/vdx-bench" --program "$program"
as_owner env VDX_PROGRAM="$program" npm --prefix e2e run --silent join-time
as_owner env VDX_PROGRAM="$program" npm --prefix e2e run --silent client-times
as_owner env VDX_PROGRAM="$program" npm --prefix e2e run --silent first-button
