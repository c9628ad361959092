#!/bin/sh
# Runs load tests of 1,000, 10,000 and 50,000 events through load-test-service and prints the results.
#   ./load-test.sh [--url http://127.0.0.1:8083] [--topic log-events] [events ...]
# KOPS_LOADTEST_URL may also set the URL. Exits with 0 if every event was acknowledged.
root=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
node="$root/node_modules/.bin/node"
if [ ! -x "$node" ]; then
  echo "load-test: dependencies are not installed; run ./setup.sh (or npm ci) in $root first" >&2
  exit 69
fi
if [ -n "${KOPS_LOADTEST_URL:-}" ]; then
  set -- --url "$KOPS_LOADTEST_URL" "$@"
fi
exec "$node" "$root/services/load-test/script/main.ts" "$@"
