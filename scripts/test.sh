#!/usr/bin/env bash
# Runs every test and ends with a table and the line `N passed, N failed, N skipped`.
#
# A step that fails does not stop the others, so one run shows everything that is wrong. A step
# that has no tests of its own to count (format, lints, builds) counts as one.
# TEST_POSTGRES_URL, TEST_NATS_URL: a PostgreSQL and a NATS server with JetStream to use; without
# them throw-away ones are started and removed.
. "$(dirname "$0")/lib.sh"
. scripts/postgres.sh

work=$(mktemp -d)
chmod 755 "$work"
passed=0 failed=0 skipped=0
table=""

finish() {
  [ -z "${nats:-}" ] || kill "$nats" 2>/dev/null || true
  stop_postgres
  rm -rf "$work"
}
trap finish EXIT

# step NAME COMMAND…: runs it, shows its output, and adds its counts. A command with counts of its
# own writes them to $work/counts as `PASSED FAILED SKIPPED`.
step() {
  local name=$1 status=0 p=0 f=0 s=0 begin=$SECONDS
  shift
  rm -f "$work/counts"
  echo
  say "$name"
  "$@" || status=$?
  if [ -s "$work/counts" ]; then
    read -r p f s <"$work/counts"
    # Failed without a failed test: it did not compile or it crashed.
    [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
  elif [ "$status" -eq 0 ]; then p=1; else f=1; fi
  [ "$f" -eq 0 ] || printf '\033[31mFAILED: %s\033[0m\n' "$name"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  table+=$(printf '%-44s %7d %7d %8d %7ds' "$name" "$p" "$f" "$s" $((SECONDS - begin)))$'\n'
}

test_postgres() {
  [ -z "${TEST_POSTGRES_URL:-}" ] || return 0
  # Nothing here has to survive a power cut, so no fsync; tests open many connections at once.
  start_postgres -c fsync=off -c max_connections=300 || return 1
  export TEST_POSTGRES_URL=$postgres_url
}

start_nats() {
  local port
  [ -z "${TEST_NATS_URL:-}" ] || return 0
  port=$(free_port)
  nats-server -a 127.0.0.1 -p "$port" -js -sd "$work/nats" -l "$work/nats.log" &
  nats=$!
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      export TEST_NATS_URL="nats://127.0.0.1:$port"
      echo "$(nats-server --version) on 127.0.0.1:$port, removed afterwards"
      return 0
    fi
    sleep 0.1
  done
  cat "$work/nats.log"
  return 1
}

# tap_counts FILE: the totals that node's test runner ends a TAP report with.
tap_counts() {
  awk '/^# pass /{p=$3} /^# fail /{f=$3} /^# cancelled /{c=$3} /^# skipped /{s=$3} /^# todo /{t=$3}
       END {print p+0, f+c, s+t}' "$1" >"$work/counts"
}

# cargo_counts FILE: adds up cargo test's `test result:` lines, or takes nextest's summary.
cargo_counts() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^test result:/ { for (i=1;i<=NF;i++) { if ($i ~ /^passed/) p+=$(i-1); if ($i ~ /^failed/) f+=$(i-1); if ($i ~ /^ignored/) s+=$(i-1) } }
    /^ *Summary \[/ { for (i=1;i<=NF;i++) { if ($i ~ /^passed/) p=$(i-1); if ($i ~ /^failed/ || $i ~ /^timed/) f+=$(i-1); if ($i ~ /^skipped/) s=$(i-1) } }
    END { if (p+f+s) print p+0, f+0, s+0 }' >"$work/counts"
}

rust_tests() {
  local status=0
  if as_owner cargo nextest --version >/dev/null 2>&1; then
    as_owner cargo nextest run --locked --workspace --no-fail-fast --color never 2>&1 | tee "$work/rust.log" || status=$?
  else
    as_owner cargo test --locked --workspace --no-fail-fast --lib --bins --tests 2>&1 | tee "$work/rust.log" || status=$?
  fi
  cargo_counts "$work/rust.log"
  return $status
}

doc_tests() {
  local status=0
  as_owner cargo test --locked --workspace --doc 2>&1 | tee "$work/doc.log" || status=$?
  cargo_counts "$work/doc.log"
  return $status
}

web_tests() {
  local status=0
  as_owner npm --prefix web test 2>&1 | tee "$work/web.log" || status=$?
  # The web tests print the totals of node's or of vitest's reporter.
  sed 's/\x1b\[[0-9;]*m//g' "$work/web.log" | awk '
    /^(#|ℹ) pass /{p+=$3} /^(#|ℹ) fail /{f+=$3} /^(#|ℹ) skipped /{s+=$3}
    /^ +Tests  /{ for (i=1;i<=NF;i++) { if ($i=="passed") p+=$(i-1); if ($i=="failed") f+=$(i-1); if ($i=="skipped") s+=$(i-1) } }
    END { if (p+f+s) print p+0, f+0, s+0 }' >"$work/counts"
  return $status
}

# The browser tests run as the one who called, not as the owner: network namespaces need root.
browser_tests() {
  local status=0
  VDX_PROGRAM="$(target_dir)/debug/vdx" npm --prefix e2e test -- --tap "$work/e2e.tap" || status=$?
  [ ! -e "$work/e2e.tap" ] || tap_counts "$work/e2e.tap"
  for folder in e2e/screenshots e2e/artifacts; do
    [ -z "$OWNER" ] || [ ! -d "$folder" ] || chown -R "$OWNER": "$folder"
  done
  return $status
}

# Every document a hub serves, each operation with 50 examples; fuzz.sh does it with more.
document_tests() {
  local status=0
  as_owner .fuzzer/bin/python scripts/fuzz/run.py --program "$(target_dir)/debug/vdx" --examples 50 \
    --counts "$PWD/.fuzzer/counts" || status=$?
  [ ! -e .fuzzer/counts ] || cp .fuzzer/counts "$work/counts"
  return $status
}

# The sign-in of v1 with assertions that a foreign library signs.
assertion_tests() {
  local status=0
  as_owner .signer/bin/python scripts/saml/run.py --program "$(target_dir)/debug/vdx" \
    --counts "$PWD/.signer/counts" || status=$?
  [ ! -e .signer/counts ] || cp .signer/counts "$work/counts"
  return $status
}

licences() {
  if command -v cargo-deny >/dev/null; then
    as_owner cargo deny --locked check bans licenses sources
  else
    echo "SKIPPED, 1 check: cargo-deny is not installed (cargo install cargo-deny)"
    echo 0 0 1 >"$work/counts"
  fi
}

check_tools
need_compiler
need chromium=chromium firefox-esr=firefox-esr initdb=postgresql nats-server=nats-server \
  ip=iproute2 shellcheck=shellcheck
step "PostgreSQL for the tests" test_postgres
step "NATS for the tests" start_nats

step "format" as_owner cargo fmt --all --check
step "shell scripts" shellcheck -x scripts/*.sh .ci/run
step "licences of the libraries" licences
npm_ci web
npm_ci e2e
step "web: types and lints" as_owner npm --prefix web run --silent check
step "web: unit tests" web_tests
step "web: build" scripts/web.sh
step "web: size" as_owner npm --prefix web run --silent size
step "e2e: types" as_owner npm --prefix e2e run --silent check
step "clippy" as_owner cargo clippy --locked --workspace --all-targets -- -D warnings
step "Rust tests, SQLite and PostgreSQL" rust_tests
step "Rust documentation tests" doc_tests
step "program" as_owner cargo build --locked --bin vdx
need_fuzzer
step "API documents: Schemathesis" document_tests
need_signer
step "assertions signed by signxml" assertion_tests
step "browser tests" browser_tests

printf '\n%-44s %7s %7s %8s %8s\n%s\n' step passed failed skipped time "$table"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
