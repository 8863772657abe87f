#!/usr/bin/env bash
# Builds the web apps and the program. Arguments go to cargo (`--release`).
. "$(dirname "$0")/lib.sh"

check_tools
need_compiler
scripts/web.sh
say "building the program (the first time takes minutes; cargo shows how far it is)"
as_owner cargo build --locked --bin vdx "$@"
