#!/usr/bin/env bash
# From a clone to a working system: checks this machine, installs what is missing if permitted, installs the dependencies and hands over to `kops setup`, which starts the cluster and everything around it.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$root"

usage() {
  cat <<'USAGE'
Usage: ./setup.sh [--runtime compose|local] [--mode zookeeper|kraft]
                  [--security plaintext|ssl|sasl_ssl] [--with|--without connect]
                  [--down | --reset [--yes]]

  (nothing)           set everything up; leaves running parts alone
  --runtime RUNTIME   compose: containers, with Docker; local: processes on this machine.
                      Default: compose if a Docker engine answers, otherwise local
  --mode MODE         zookeeper: Kafka 3.9 with a ZooKeeper ensemble (the default);
                      kraft: Kafka 4.1, each node both broker and controller (local runtime)
  --security SECURITY plaintext: brokers accept everyone (the default); ssl: TLS with client
                      certificates; sasl_ssl: TLS with a password (SCRAM-SHA-512). The last two
                      check access by ACLs
  --with connect      also run a worker of Kafka Connect, on port 8084; --without connect
                      takes it away again
  --down              stop everything; keeps the brokers' data
  --reset             stop everything, remove the data, and set up afresh. Shows how much data
                      you would lose, and asks for confirmation
  --yes               with --reset: skip the confirmation; required without a terminal
USAGE
}

runtime='' mode='' security='' action=up yes='' parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --runtime) runtime=${2:-}; shift ;;
    --runtime=*) runtime=${1#*=} ;;
    --mode) mode=${2:-}; shift ;;
    --mode=*) mode=${1#*=} ;;
    --security) security=${2:-}; shift ;;
    --security=*) security=${1#*=} ;;
    --with | --without) parts+=("$1" "${2:-}"); shift ;;
    --with=* | --without=*) parts+=("$1") ;;
    --down) action=down ;;
    --reset) action=reset ;;
    --yes) yes=--yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "setup.sh: unknown option $1" >&2; usage >&2; exit 64 ;;
  esac
  shift
done
case $runtime in
  '' | compose | local) ;;
  *) echo "setup.sh: --runtime is compose or local, not '$runtime'" >&2; exit 64 ;;
esac
case $mode in
  '' | zookeeper | kraft) ;;
  *) echo "setup.sh: --mode is zookeeper or kraft, not '$mode'" >&2; exit 64 ;;
esac

case $security in
  '' | plaintext | ssl | sasl_ssl) ;;
  *) echo "setup.sh: --security is plaintext, ssl or sasl_ssl, not '$security'" >&2; exit 64 ;;
esac

logs="$root/.kops/logs"

fail() { # fail WHAT [LOG] [WHAT-TO-DO]
  kill ${npm_pid:-} ${mvn_pid:-} 2>/dev/null || true
  echo >&2
  echo "setup.sh: $1" >&2
  if [ -n "${2:-}" ] && [ -s "$2" ]; then
    echo "The last lines of $2:" >&2
    tail -n 15 "$2" | sed 's/^/  | /' >&2
  fi
  if [ -n "${3:-}" ]; then echo "What to do: $3" >&2; fi
  exit 1
}

if [ "$action" = down ] && [ ! -e .kops/cluster.json ]; then
  echo 'Nothing is set up here.'
  exit 0
fi

# --- which runtime, and which mode -----------------------------------------------------------------------------------
# An existing setup keeps its runtime and mode; `kops setup` refuses to change them while parts of the old one exist.
compose_answers() {
  docker info >/dev/null 2>&1 && { docker compose version || docker-compose version; } >/dev/null 2>&1
}
if [ -z "$runtime" ] && [ -e .kops/cluster.json ]; then
  runtime=$(sed -n 's/.*"runtime": *"\([a-z]*\)".*/\1/p' .kops/cluster.json)
  # A fresh start does not wait for a missing engine.
  if [ "$action" = reset ] && [ "$runtime" = compose ] && ! compose_answers; then runtime=''; fi
fi
if [ -z "$mode" ] && [ -e .kops/cluster.json ]; then
  mode=$(sed -n 's/.*"mode": *"\([a-z]*\)".*/\1/p' .kops/cluster.json)
fi
mode=${mode:-zookeeper}
if [ -z "$runtime" ] && [ "$mode" = kraft ]; then runtime=local; fi
if [ -z "$runtime" ]; then
  if compose_answers; then runtime=compose; else runtime=local; fi
fi

# --- this machine ----------------------------------------------------------------------------------------------------
version_of() { "$@" 2>&1 | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1; }
at_least() { [ -n "$2" ] && [ "${2%%.*}" -ge "$1" ]; }

packages=()
command -v node >/dev/null 2>&1 && at_least 18 "$(version_of node --version)" || packages+=(nodejs)
command -v npm >/dev/null 2>&1 || packages+=(npm)
if [ "$runtime" = local ]; then
  command -v java >/dev/null 2>&1 && at_least 17 "$(version_of java -version)" || packages+=(openjdk-17-jre-headless)
  command -v mvn >/dev/null 2>&1 || packages+=(maven)
  if [ "$(id -u)" -eq 0 ]; then
    # Each node gets its own network namespace, so that isolating one is a real partition.
    command -v ip >/dev/null 2>&1 || packages+=(iproute2)
    command -v nft >/dev/null 2>&1 || packages+=(nftables)
  fi
fi

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    mkdir -p "$logs"
    echo "Installing ${packages[*]} ..."
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"; } \
      >"$logs/apt.log" 2>&1 || fail "could not install ${packages[*]}" "$logs/apt.log" "install them by hand, then run ./setup.sh again"
  elif command -v apt-get >/dev/null 2>&1; then
    fail "this needs ${packages[*]}" '' "sudo apt-get install ${packages[*]}"
  else
    fail "setup requires Node.js 18 or newer with npm$([ "$runtime" = local ] && echo ', Java 17 and Maven')" '' \
      "install them with your system's package manager (on Debian: ${packages[*]}), then run ./setup.sh again"
  fi
fi

# --- dependencies: npm and Maven in parallel, each only if its lock or pom has changed ------------------------------
stamp_is() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
checksum() { sha256sum "$@" | sha256sum | cut -d ' ' -f 1; }
lock_sum=$(checksum package.json package-lock.json)
# Each mode has its own Kafka; fetch only that one.
distribution=kafka
if [ "$mode" = kraft ]; then distribution=kafka/kraft; fi
npm_pid='' mvn_pid=''
trap 'kill $npm_pid $mvn_pid 2>/dev/null || true' INT TERM

if ! stamp_is node_modules/.kops-lock "$lock_sum"; then
  mkdir -p "$logs"
  echo 'Installing the Node.js dependencies ...'
  npm ci --no-audit --no-fund >"$logs/npm.log" 2>&1 &
  npm_pid=$!
fi
if [ "$runtime" = local ] && [ "$action" != down ] && ! cmp -s "$distribution/pom.xml" "$distribution/libs/.pom"; then
  mkdir -p "$logs"
  if [ "$mode" = kraft ]; then echo 'Resolving Kafka ...'; else echo 'Resolving Kafka and ZooKeeper ...'; fi
  rm -rf "$distribution/libs"
  mvn -q -B -f "$distribution/pom.xml" dependency:copy-dependencies >"$logs/maven.log" 2>&1 &
  mvn_pid=$!
fi
if [ -n "$npm_pid" ]; then
  wait "$npm_pid" || fail 'npm ci failed' "$logs/npm.log" 'check that the npm registry can be reached, then run ./setup.sh again'
  echo "$lock_sum" >node_modules/.kops-lock
fi
if [ -n "$mvn_pid" ]; then
  wait "$mvn_pid" || fail 'Maven could not resolve Kafka' "$logs/maven.log" 'check that Maven Central can be reached, then run ./setup.sh again'
  cp "$distribution/pom.xml" "$distribution/libs/.pom"
fi

# Without it kops starts from its sources, only slower.
node_modules/.bin/node cli/bundle.ts || true
# Without it everything else works, and the console says how to make it. Compose builds it into the image.
node_modules/.bin/node web/build.ts || true

exec ./kops setup --runtime "$runtime" --mode "$mode" ${security:+--security "$security"} ${parts[@]+"${parts[@]}"} "--$action" $yes
