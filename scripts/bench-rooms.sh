#!/usr/bin/env bash
# Measures forwarding beside Janus (Debian's package) on a release build: one line a figure,
# `name value unit (janus value, ratio r)`. Janus gives no candidates on the loopback interface, so
# both servers and their clients run in a network namespace of their own, with an address.
# Further arguments go to vdx-bench: `scripts/bench-rooms.sh --cases two_party --windows 7`.
. "$(dirname "$0")/lib.sh"

check_tools
need_compiler
need janus=janus ip=iproute2 taskset=util-linux
scripts/web.sh
say "building for release (the first time takes long)" >&2
as_owner cargo build --locked --release --bin vdx --bin vdx-bench
target=$(target_dir)/release

as_root unshare --net -- bash -c '
  set -e
  ip link set lo up
  ip link add bench0 type veth peer name bench1
  ip address add 10.99.0.1/24 dev bench0
  ip link set bench0 up
  ip link set bench1 up
  if [ -n "$1" ]; then exec runuser -u "$1" -- "${@:2}"; fi
  exec "${@:2}"
' rooms "$OWNER" "$target/vdx-bench" --program "$target/vdx" --only rooms --address 10.99.0.1 "$@"
