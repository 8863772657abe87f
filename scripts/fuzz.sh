#!/usr/bin/env bash
# Tries every operation of every served API document with Schemathesis: fuzz.sh [OPTION…] [DOCUMENT…]
#
# Options are those of scripts/fuzz/run.py; without any, 200 examples an operation. The same seed
# gives the same calls.
. "$(dirname "$0")/lib.sh"

check_tools
need_compiler
need_fuzzer
as_owner cargo build --locked --bin vdx
[ $# -gt 0 ] || set -- --examples 200
exec_as_owner .fuzzer/bin/python scripts/fuzz/run.py --program "$(target_dir)/debug/vdx" "$@"
