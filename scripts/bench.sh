#!/usr/bin/env bash
# Runs the benchmarks on a release build: one line a figure, `name value unit (peer value, ratio)`.
. "$(dirname "$0")/lib.sh"

check_tools
need_compiler
need chromium=chromium
scripts/web.sh
npm_ci e2e
say "building for release (the first time takes long)" >&2
as_owner cargo build --locked --release --bin vdx --bin vdx-bench
program=$(target_dir)/release/vdx

as_owner "$(target_dir)/release/vdx-bench" --program "$program"
as_owner env VDX_PROGRAM="$program" npm --prefix e2e run --silent join-time
