#!/usr/bin/env bash
# Fuzzes what reads bytes of strangers, with libFuzzer: fuzz-targets.sh [--seconds N] [--keep] [TARGET…]
#
# Targets: sdp, stun, rtp, rtcp, client; all when none is named, each for 60 seconds. --keep puts
# what was found worth keeping into fuzz/corpus, which `make test` replays on any toolchain.
#
# The compiler's coverage counters are not for the stable toolchain to promise, so nightly is used
# where it is, with AddressSanitizer; else the stable one with RUSTC_BOOTSTRAP=1 and without.
. "$(dirname "$0")/lib.sh"

TARGETS=(sdp stun rtp rtcp client)
# Longest input a target looks at, by its name.
declare -A LENGTH=([sdp]=16384 [stun]=4096 [rtp]=8192 [rtcp]=8192 [client]=16384)
# The tests replay the corpus at every run, so it stays small: inputs kept of each target.
MOST_KEPT=60

seconds=60 keep=""
chosen=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --keep) keep=yes; shift ;;
    *) chosen+=("$1"); shift ;;
  esac
done
[ ${#chosen[@]} -gt 0 ] || chosen=("${TARGETS[@]}")

check_tools
need c++='g++'
as_owner cargo fuzz --version >/dev/null 2>&1 ||
  die "cargo-fuzz is missing. Install it as the user who builds: cargo install cargo-fuzz"

fuzz=(env RUSTC_BOOTSTRAP=1 cargo fuzz)
options=(--sanitizer none)
if as_owner rustup run nightly rustc --version >/dev/null 2>&1; then
  fuzz=(cargo +nightly fuzz) options=()
else
  say "there is no nightly toolchain (rustup toolchain install nightly): fuzzing without AddressSanitizer"
fi

as_owner cargo run --locked --quiet --bin vdx-fuzz-seeds -- fuzz/seeds
# One build for all: the flags are the same.
as_owner "${fuzz[@]}" build "${options[@]}"

# run TARGET: fuzzes one target, beginning with what is known.
run() {
  local target=$1
  as_owner mkdir -p "fuzz/grown/$target" "fuzz/corpus/$target"
  as_owner "${fuzz[@]}" run "${options[@]}" "$target" \
    "fuzz/grown/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -max_total_time="$seconds" -max_len="${LENGTH[$target]}" -timeout=30 -rss_limit_mb=4096 \
    -print_final_stats=1 -verbosity=0
}

# keep TARGET: the fewest inputs that reach everything reached so far, the smallest first.
keep() {
  local target=$1 merged file
  merged=$(as_owner mktemp -d)
  as_owner "${fuzz[@]}" run "${options[@]}" "$target" "$merged" \
    "fuzz/grown/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -merge=1 -max_len="${LENGTH[$target]}" -timeout=30 -verbosity=0
  as_owner find "fuzz/corpus/$target" -type f -delete
  # shellcheck disable=SC2012 # names are hashes
  ls -Sr "$merged" | head -n "$MOST_KEPT" | while read -r file; do
    as_owner cp "$merged/$file" "fuzz/corpus/$target/$file"
  done
  rm -rf "$merged"
}

failed=()
for target in "${chosen[@]}"; do
  say "$target, $seconds s"
  run "$target" || failed+=("$target")
  [ -z "$keep" ] || keep "$target"
done
[ ${#failed[@]} -eq 0 ] || die "found something: ${failed[*]}. The inputs are in fuzz/artifacts."
