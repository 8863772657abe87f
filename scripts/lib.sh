# shellcheck shell=bash
# What the scripts share. Source it first: it enters the project's root and sets strict mode.
#
# Who is who: the *owner* is the person who ran make. Everything built or written belongs to the
# owner, also under `sudo make …`; only apt-get and network namespaces use root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Debian keeps these outside a user's PATH.
PATH="$PATH:/usr/sbin:/sbin"
for dir in /usr/lib/postgresql/*/bin; do PATH="$PATH:$dir"; done

OWNER=""
if [ "$EUID" -eq 0 ] && [ "${SUDO_USER:-root}" != root ]; then
  OWNER=$SUDO_USER
  OWNER_HOME=$(getent passwd "$OWNER" | cut -d: -f6)
  PATH="$OWNER_HOME/.cargo/bin:$PATH"
fi
export PATH

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# Replaces the script by a command that runs as the owner; for one command among others: as_owner.
exec_as_owner() {
  if [ -n "$OWNER" ]; then
    exec runuser -u "$OWNER" -- env HOME="$OWNER_HOME" USER="$OWNER" LOGNAME="$OWNER" "$@"
  fi
  exec "$@"
}

as_owner() { (exec_as_owner "$@"); }

as_root() {
  if [ "$EUID" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "This needs root and there is no sudo. Run as root: $*"
  fi
}

# need COMMAND='PACKAGE…' …: installs the Debian packages of every command that is missing.
need() {
  local pair packages missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null && continue
    read -ra packages <<<"${pair#*=}"
    missing+=("${packages[@]}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    die "Missing: ${missing[*]} (names of Debian packages). There is no apt-get here: install them by hand."
  say "installing with apt-get: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# at_least HAVE WANT: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# Rust and Node are not installed for you: Debian 12 carries older ones and people have their own way.
check_tools() {
  local rust node
  rust=$(as_owner rustc --version 2>/dev/null | cut -d' ' -f2 || true)
  at_least "${rust:-0}" 1.95 || die "Rust 1.95 or newer is needed, found: ${rust:-none}.
Get it from https://rustup.rs (as the user who builds):
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
or, where rustup is installed already: rustup update stable"
  node=$(as_owner node --version 2>/dev/null | tr -d v || true)
  at_least "${node:-0}" 20.19 || die "Node.js 20.19 or newer is needed, found: ${node:-none}.
Debian 12 carries an older one. Get it from https://nodejs.org/en/download (20, 22 or 24), with npm."
  as_owner npm --version >/dev/null 2>&1 || die "npm is missing; it comes with Node.js from https://nodejs.org/en/download"
}

# The compiler of the C libraries inside the program: SQLite, AWS-LC and libopus, which wants cmake.
need_compiler() { need cc='gcc libc6-dev' cmake=cmake; }

# npm_ci FOLDER: installs the packages of a lock file, and does nothing where they are installed.
npm_ci() {
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return 0
  say "npm ci in $1"
  as_owner npm --prefix "$1" ci --no-fund --no-audit --loglevel=error
}

# need_python FOLDER PINNED WHAT: a Python environment of its own, with pinned packages.
need_python() {
  local folder=$1 pinned=$2 what=$3
  [ "$folder/ready" -nt "$pinned" ] && return 0
  python3 -c 'import venv, ensurepip' 2>/dev/null || need "$what"='python3 python3-venv'
  say "installing $what in $folder"
  as_owner python3 -m venv --clear "$folder"
  as_owner "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$pinned"
  as_owner touch "$folder/ready"
}

need_fuzzer() { need_python .fuzzer scripts/fuzz/requirements.txt Schemathesis; }
need_signer() { need_python .signer scripts/saml/requirements.txt signxml; }

target_dir() { echo "${CARGO_TARGET_DIR:-$PWD/target}"; }

free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
