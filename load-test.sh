#!/bin/sh
# Runs load tests of 1,000, 10,000 and 50,000 events through load-test-service and prints what they measured.
#   ./load-test.sh [--url http://127.0.0.1:8083] [--topic log-events] [events ...]
# The URL may also come from KOPS_LOADTEST_URL. Ends with 0 when every event was acknowledged.
root=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
node="$root/node_modules/node/bin/node"
if [ ! -x "$node" ]; then
  echo "load-test: dependencies are not installed; run ./setup.sh (or npm ci) in $root first" >&2
  exit 69
fi
if [ -n "${KOPS_LOADTEST_URL:-}" ]; then
  set -- --url "$KOPS_LOADTEST_URL" "$@"
fi
exec "$node" "$root/services/load-test/script/main.ts" "$@"
