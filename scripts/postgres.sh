# shellcheck shell=bash
# A throw-away PostgreSQL for tests and benchmarks. Source it after lib.sh; it wants $work, a
# folder that the caller removes.
: "${work:=}"

# as_postgres: PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$EUID" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# start_postgres OPTIONS: starts a server with these options and says in $postgres_url where it is.
start_postgres() {
  local port
  port=$(free_port)
  mkdir "$work/postgres"
  [ "$EUID" -ne 0 ] || chown postgres "$work/postgres"
  as_postgres initdb --no-sync -A trust -U postgres -E UTF8 --locale=C -D "$work/postgres" >"$work/initdb.log" ||
    { cat "$work/initdb.log"; return 1; }
  as_postgres pg_ctl start --silent --wait -D "$work/postgres" -l "$work/postgres/log" \
    -o "-p $port -k '' -c listen_addresses=127.0.0.1 $*" || return 1
  # shellcheck disable=SC2034 # for the caller
  postgres_url="postgres://postgres@127.0.0.1:$port/postgres"
  echo "PostgreSQL $(postgres --version | grep -oE '[0-9.]+' | head -n 1) on 127.0.0.1:$port, removed afterwards" >&2
}

stop_postgres() {
  [ ! -e "$work/postgres/postmaster.pid" ] ||
    as_postgres pg_ctl stop --silent -m immediate -D "$work/postgres" >/dev/null
}
