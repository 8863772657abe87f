#!/usr/bin/env bash
# Builds what is out of date and serves the hub with demo data: run.sh [lan]
#
# `lan` serves https with a self-made certificate on all addresses, for other devices' cameras.
. "$(dirname "$0")/lib.sh"

mode=${1:-local}
https_port=8443
data=${VDX_DATA_DIR:-data}

if [ "$mode" = lan ]; then
  address=$(hostname -I | cut -d' ' -f1)
  [ -n "$address" ] || die "This machine has no address on a network: make run-lan has nothing to serve on."
  export VDX_SERVER__LISTEN=${VDX_SERVER__LISTEN:-0.0.0.0:$https_port}
  export VDX_SERVER__PUBLIC_URL=${VDX_SERVER__PUBLIC_URL:-https://$address:${VDX_SERVER__LISTEN##*:}}
  # A certificate for each address: in another network the machine has another.
  certificate=$data/lan/$address
  export VDX_SERVER__TLS_CERTIFICATE=$certificate/certificate.pem
  export VDX_SERVER__TLS_KEY=$certificate/key.pem
fi

# A busy port is named before the long build, not after it. Without rights to see another user's
# program `ss` shows no name; the port alone must do then.
check_port() { # check_port PROTOCOL PORT SETTING
  local line owner
  command -v ss >/dev/null || return 0
  line=$(ss -Hln"$1"p "sport = :$2" 2>/dev/null | head -n 1)
  [ -z "$line" ] && return 0
  owner=$(sed -nE 's/.*\(\("([^"]+)",pid=([0-9]+).*/\1, process \2/p' <<<"$line")
  die "Port $2 is taken by ${owner:-a program of another user (sudo ss -lnp shows it)}.
Stop it, or choose another port, for instance: $3 make run"
}
listen=${VDX_SERVER__LISTEN:-127.0.0.1:8080}
media=${VDX_MEDIA__LISTEN:-0.0.0.0:10000}
check_port t "${listen##*:}" "VDX_SERVER__LISTEN=127.0.0.1:8090 VDX_SERVER__PUBLIC_URL=http://localhost:8090"
check_port u "${media##*:}" "VDX_MEDIA__LISTEN=0.0.0.0:10090"

scripts/build.sh
program=$(target_dir)/debug/vdx

if [ "$mode" = lan ]; then
  [ -e "$VDX_SERVER__TLS_CERTIFICATE" ] || as_owner "$program" certificate "$certificate"
  cat <<TEXT

Serving https with a certificate that this machine made itself. A browser on another device will
warn once: open the address, choose "Advanced", and go on. Without https a browser on another
device gives no page a camera.
TEXT
else
  cat <<'TEXT'

Good to know:
  - On another device a browser gives the page no camera over plain http: use `make run-lan`.
  - Firefox does no media over loopback (localhost): use `make run-lan` and its address, also on
    this machine. Chromium and Chrome work with both.
TEXT
fi
echo "Ctrl-C stops the hub. Demo sign-ins and API clients: $data/demo.json"
echo
exec_as_owner "$program" serve --demo
