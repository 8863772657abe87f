#!/usr/bin/env bash
# Measures the busiest load of a country on a release build: one line a figure. MINUTES: how long
# (10). Further arguments go to vdx-bench: `scripts/bench-denmark.sh --share 0.5`.
. "$(dirname "$0")/lib.sh"

check_tools
need_compiler
need taskset=util-linux
scripts/web.sh
say "building for release (the first time takes long)" >&2
as_owner cargo build --locked --release --bin vdx --bin vdx-bench
target=$(target_dir)/release

exec_as_owner "$target/vdx-bench" --program "$target/vdx" --only denmark --minutes "${MINUTES:-10}" "$@"
