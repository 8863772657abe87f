#!/usr/bin/env bash
# Builds the web apps into web/dist; does nothing when no source is newer than the last build.
. "$(dirname "$0")/lib.sh"

built=web/node_modules/.built
if [ -e "$built" ] && [ -e web/dist/client/index.html ] &&
  [ -z "$(find web \( -name node_modules -o -name dist \) -prune -o -type f -newer "$built" -print -quit)" ]; then
  exit 0
fi
npm_ci web
say "building the web apps"
as_owner npm --prefix web run --silent build
as_owner touch "$built"
