#!/bin/bash
#   run.sh [--security ssl|sasl_ssl]
# The Compose runtime from end to end, as its user meets it: set up, the tour of the README, a stopped and a disconnected
# broker by the literal commands, four drills, the alert's way to Alertmanager, down. It uses the real ports; another host
# port is given as to docker-compose: KAFKA_1_PORT=29092, ADMIN_PORT=28081 and so on.
# As root on Debian it installs Docker where it is missing and starts an engine where none answers; it ends what it started.
# With --security: what differs on a secured cluster, and a part of the rest.
# It refuses to run where a cluster of the project exists: it would take that with it.
# -u is left out: an unset variable of a port means its default.
set -eo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
security=plaintext files=docker-compose.cluster.yml
case $* in
  '') ;;
  '--security ssl' | '--security sasl_ssl') security=$2 files+=:docker-compose.security.yml ;;
  *)
    echo 'usage: run.sh [--security ssl|sasl_ssl]' >&2
    exit 64
    ;;
esac

work=$(mktemp -d)
log=$work/step.log
engine_pid='' forward_policy='' forwarding='' ours='' failed='' began=$SECONDS
results=()

admin=http://localhost:${ADMIN_PORT:-8081}
health=http://localhost:${HEALTH_PORT:-8082}
load=http://localhost:${LOAD_TEST_PORT:-8083}
prometheus=http://localhost:${PROMETHEUS_PORT:-9090}
alertmanager=http://localhost:${ALERTMANAGER_PORT:-9095}
network=kafka-log-streaming-cluster_kafka-network
KOPS_SETUP_UID=$(id -u)
export KOPS_SETUP_UID KOPS_STATE_DIR=$work/state KOPS_SECURITY_DIR=$work/state/security SECURITY=$security
case ${DOCKER_HOST:-} in
  # Its user is root in the containers of a rootless engine.
  unix:///run/user/*) export KOPS_SETUP_UID=0 ;;
esac
# For Compose by hand: what setup gives it.
export KOPS_OBSERVABILITY_DIR=$work/state/observability KOPS_MONITORING_ACCESS_DIR=$work/state/monitoring/access
export KOPS_CONSOLE_ACCESS_DIR=$work/state/monitoring/console
export KOPS_TRUST_NETWORK=gateway
# Options of curl with the login of Prometheus and Alertmanager.
login=$work/state/monitoring/curl
case ${DOCKER_HOST:-} in
  unix://*) export DOCKER_SOCKET=${DOCKER_SOCKET:-${DOCKER_HOST#unix://}} ;;
esac

node() {
  "$root/node_modules/.bin/node" "$@"
}

# --- steps ------------------------------------------------------------------------------------------------------------

# step NAME COMMAND...: runs it, prints how it went; the first failure ends the test.
step() {
  local name=$1 started=$SECONDS
  shift
  fresh
  if "$@" >"$log" 2>&1; then
    results+=("ok    $((SECONDS - started)) s  $name")
    printf 'ok    %4s s  %s%s\n' $((SECONDS - started)) "$name" "${note:+  ($note)}"
    note=''
  else
    failed=$name
    printf 'FAIL  %4s s  %s\n' $((SECONDS - started)) "$name"
    tail -n 40 "$log" | sed 's/^/  | /'
    exit 1
  fi
}

# within SECONDS COMMAND...: until it succeeds.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "not within the time: $*"
      return 1
    fi
    sleep 1
  done
}

# get EXPRESSION CURL-ARGUMENT...: asks, prints the answer, and wants the expression of `it`, the answer, to be true.
get() {
  local expression=$1 answer
  shift
  answer=$(curl -sS --max-time "${max_time:-30}" "$@")
  echo "$* -> $answer" | head -c 4000
  echo
  EXPRESSION=$expression node -e '
    const it = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
    if (new Function("it", `return ${process.env.EXPRESSION}`)(it)) process.exit(0)
    console.log(`not so: ${process.env.EXPRESSION}`)
    process.exit(1)' <<<"$answer"
}

# The status must come, and come quickly, whatever is broken.
health_is() {
  max_time=2 get "it.status === '$1'" "$health/api/health"
}

# From now on only a reading that was made later counts.
fresh() {
  after=$(date +%s%3N)
}

all_healthy() {
  health_is HEALTHY &&
    get "Date.parse(it.asOf) >= $after && it.partitions.underReplicated === 0 && it.brokers.every((b) => b.reachable)" "$health/api/health"
}

# --- the engine and the images ----------------------------------------------------------------------------------------

install_missing() {
  local packages=()
  command -v docker >/dev/null || packages+=(docker.io)
  docker info >/dev/null 2>&1 || command -v dockerd >/dev/null || packages+=(docker.io)
  command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1 || packages+=(docker-compose)
  command -v debootstrap >/dev/null || packages+=(debootstrap)
  [ ${#packages[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "missing: ${packages[*]}; run this as root, or: sudo apt-get install ${packages[*]}"
    return 1
  fi
  note="installed ${packages[*]}"
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}" iptables
}

engine_answers_or_ended() {
  docker info >/dev/null 2>&1 || ! kill -0 "$engine_pid" 2>/dev/null
}

engine() {
  if docker info >/dev/null 2>&1; then
    note="$(docker version --format '{{.Server.Version}}'), was running"
    return 0
  fi
  if [ "$(id -u)" -ne 0 ]; then
    echo 'no Docker engine answers, and only root can start one'
    return 1
  fi
  # A new engine turns forwarding on and forbids it to everybody else; both are put back at the end.
  forwarding=$(cat /proc/sys/net/ipv4/ip_forward)
  forward_policy=$(iptables -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p')
  dockerd ${DOCKER_HOST:+-H "$DOCKER_HOST"} >"$work/dockerd.log" 2>&1 &
  engine_pid=$!
  within 60 engine_answers_or_ended
  docker info >/dev/null || {
    tail -n 15 "$work/dockerd.log"
    return 1
  }
  note="$(docker version --format '{{.Server.Version}}'), started here"
}

# Grafana and the Kafka UI cannot be made from packages: they take part where they can be had.
choose_profile() {
  local image
  for image in $(sed -n 's/^ *image: *\(grafana\/.*\|.*kafka-ui:.*\)/\1/p' docker-compose.cluster.yml); do
    docker image inspect "$image" >/dev/null 2>&1 || timeout 300 docker pull -q "$image" || {
      export COMPOSE_PROFILES=
      note='left out: their images cannot be had here'
      return 0
    }
  done
}

ports_free() {
  local port taken=''
  for port in ${KAFKA_1_PORT:-9092} ${KAFKA_2_PORT:-9093} ${KAFKA_3_PORT:-9094} ${ZOOKEEPER_1_PORT:-2181} \
    ${ZOOKEEPER_2_PORT:-2182} ${ZOOKEEPER_3_PORT:-2183} ${ADMIN_PORT:-8081} ${HEALTH_PORT:-8082} ${LOAD_TEST_PORT:-8083} \
    ${PROMETHEUS_PORT:-9090} ${ALERTMANAGER_PORT:-9095}; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then taken+=" $port"; fi
  done
  [ -z "$taken" ] || {
    echo "taken on 127.0.0.1:$taken; stop what has them (./setup.sh --down), or give others: KAFKA_1_PORT=..., ADMIN_PORT=..."
    return 1
  }
}

# What Compose is called here; the commands below are literal with version 1, and with an alias for version 2.
if ! command -v docker-compose >/dev/null && docker compose version >/dev/null 2>&1; then
  docker-compose() { docker compose "$@"; }
fi

# --- up and down ------------------------------------------------------------------------------------------------------

# A definition of our own, so that no state of the checkout is touched.
define() {
  node --input-type=module -e '
    const { clusterId, defaultHeap, defaultName, defaultPorts, saveDefinition } = await import(`${process.env.ROOT}/shared/cluster/definition.ts`)
    const { KOPS_STATE_DIR: dir, SECURITY: security, ...env } = process.env
    const port = (name, otherwise) => Number(env[`${name}_PORT`] || otherwise)
    const numbered = (role, list) => list.map((one, index) => port(`${role}_${index + 1}`, one))
    await saveDefinition(dir, {
      id: clusterId(dir), name: defaultName, runtime: "compose", heap: defaultHeap,
      ...(security === "plaintext" ? {} : { security }),
      ports: {
        kafka: numbered("KAFKA", defaultPorts.kafka), jmx: defaultPorts.jmx,
        zookeeper: numbered("ZOOKEEPER", defaultPorts.zookeeper), admin: port("ADMIN", defaultPorts.admin),
        health: port("HEALTH", defaultPorts.health), loadTest: port("LOAD_TEST", defaultPorts.loadTest),
        prometheus: port("PROMETHEUS", defaultPorts.prometheus), alertmanager: port("ALERTMANAGER", defaultPorts.alertmanager)
      }
    })'
}

# The project has one name on a machine: a cluster that is here already, up or down, is somebody's, with its data.
nothing_to_lose() {
  nothing_left || {
    echo 'a cluster is set up here; its data would be lost: ./setup.sh --reset or docker-compose down -v removes it'
    return 1
  }
}

set_up() {
  ours=yes
  ROOT=$root define && ./kops setup --runtime compose --security "$security"
}

nothing_left() {
  local left
  left=$(
    docker ps -aq --filter label=com.docker.compose.project=kafka-log-streaming-cluster
    docker volume ls -q --filter label=com.docker.compose.project=kafka-log-streaming-cluster
    docker network ls -q --filter label=com.docker.compose.project=kafka-log-streaming-cluster
  )
  [ -z "$left" ] || {
    echo "there are still: $left"
    return 1
  }
}

# What an engine leaves in the kernel when it ends: its rules, their chains, its bridge.
forget_engine() {
  local table rule chain
  if [ "$forward_policy" = ACCEPT ]; then iptables -P FORWARD ACCEPT || true; fi
  if [ "$forwarding" = 0 ]; then echo 0 >/proc/sys/net/ipv4/ip_forward || true; fi
  for table in filter nat; do
    # shellcheck disable=SC2086 # a rule is several words
    iptables -t "$table" -S | sed -n '/DOCKER\|docker0/s/^-A //p' | while read -r rule; do
      iptables -t "$table" -D $rule || true
    done
    iptables -t "$table" -S | sed -n 's/^-N \(DOCKER.*\)/\1/p' | while read -r chain; do
      iptables -t "$table" -X "$chain" || true
    done
  done
  ip link delete docker0 2>/dev/null || true
}

clean_up() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$failed" ] && [ -n "$ours" ] && docker info >/dev/null 2>&1; then
    docker-compose ps 2>/dev/null | sed 's/^/  | /' || true
  fi
  if [ -n "$ours" ] && docker info >/dev/null 2>&1; then timeout 180 docker-compose down -v >/dev/null 2>&1 || true; fi
  if [ -n "$engine_pid" ]; then
    kill "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
    forget_engine
  fi
  rm -rf "$work"
  rmdir "${KOPS_AGENT_DIR:-/tmp/kops-kafka-log-streaming-cluster}" 2>/dev/null || true
  echo
  if [ "$code" -eq 0 ]; then
    echo "${#results[@]} steps passed in $((SECONDS - began)) s"
  else
    echo "failed at: ${failed:-an interruption}; ${#results[@]} steps passed before, in $((SECONDS - began)) s"
  fi
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the seed's tour --------------------------------------------------------------------------------------------------

topics() {
  get '["log-events", "critical-logs", "audit-logs"].every((name) => it.topics.some((t) => t.name === name))' "$admin/api/topics" &&
    get 'it.partitions.length === 12 && it.partitions.every((p) => p.isr.length === 3)' "$admin/api/topics/log-events"
}

# Setup has applied every catalog.
publish() {
  get 'it.status === "success" && it.topic === "simple-time-service-events"' -X POST "$admin/kafka/publish" \
    -H 'content-type: application/json' -d '{"event_type": "test_event", "data": {"test": "data"}}'
}

create_and_delete() {
  get 'it.topic.partitions === 12' -X POST "$admin/api/topics?topicName=new-topic&partitions=12&replicationFactor=3" &&
    get 'it.code === "topic_exists" && it.status === 409' -X POST "$admin/api/topics?topicName=new-topic&partitions=12&replicationFactor=3" &&
    curl -sS --fail-with-body -X DELETE "$admin/api/topics/new-topic" &&
    get 'it.status === 404' "$admin/api/topics/new-topic"
}

refusals() {
  get 'it.status === 400 && it.errors[0].field === "replicationFactor"' -X POST "$admin/api/topics?topicName=x&partitions=1&replicationFactor=4" &&
    get 'it.status === 400 && it.errors[0].field === "eventCount"' -X POST "$load/api/loadtest/run?eventCount=-1" &&
    get 'it.status === 421' -H 'Host: somewhere.example' "$admin/api/topics"
}

load_test() {
  # What was sent before may have run load tests, too, and begun to measure the capacity.
  curl -sS "$load/api/capacity/measurements" | grep -oE '"self":"[^"]+"' | cut -d '"' -f 4 | while read -r path; do
    curl -sS -X DELETE "$load$path"
  done
  within 60 get 'it.measurements.every(({ finishedAt }) => finishedAt !== null)' "$load/api/capacity/measurements" || return 1
  curl -sS --fail-with-body -X POST "$load/api/loadtest/reset" &&
  get 'it.status === "completed" && it.result.acknowledged === 10000 && it.result.failed === 0' \
    -X POST "$load/api/loadtest/run?eventCount=10000&topic=log-events" &&
    note="$(grep -oE '"eventsPerSecond":[0-9]+' "$log" | tail -n 1 | tr -dc 0-9) events/s" &&
    get 'it.acknowledged === 10000' "$load/api/loadtest/stats" &&
    curl -sS --fail-with-body -X POST "$load/api/loadtest/reset" &&
    get 'it.acknowledged === 0' "$load/api/loadtest/stats"
}

# What creates containers: Compose reads all files for it.
create() {
  COMPOSE_FILE=$files docker-compose up -d
}

# A client on this machine: the brokers return addresses that lead back here.
# host_client [SECURITY]: with the credentials of that one.
host_client() {
  local port
  for port in ${KAFKA_1_PORT:-9092} ${KAFKA_2_PORT:-9093} ${KAFKA_3_PORT:-9094}; do
    PORTS="${KAFKA_1_PORT:-9092} ${KAFKA_2_PORT:-9093} ${KAFKA_3_PORT:-9094}" BOOTSTRAP=127.0.0.1:$port WITH=${1:-$security} node --no-warnings -e '
      const { Kafka, logLevel } = require("kafkajs")
      const file = (name) => require("node:fs").readFileSync(`${process.env.KOPS_SECURITY_DIR}/${name}`, "utf8").trim()
      const ssl = process.env.WITH === "plaintext" ? false : { ca: file("ca.pem") }
      const credentials = {
        ssl: () => ({ ssl: { ...ssl, cert: file("kops/certificate.pem"), key: file("kops/key.pem") } }),
        sasl_ssl: () => ({ sasl: { mechanism: "scram-sha-512", username: "kops", password: file("kops/password") } })
      }
      const admin = new Kafka({
        brokers: [process.env.BOOTSTRAP], logLevel: logLevel.ERROR, retry: { retries: 1 }, ssl, ...credentials[process.env.WITH]?.()
      }).admin()
      admin.connect().then(() => admin.describeCluster()).then(async ({ brokers }) => {
        await admin.disconnect()
        const found = brokers.map(({ host, port }) => `${host}:${port}`).sort().join()
        console.log(process.env.BOOTSTRAP, found)
        process.exit(found === process.env.PORTS.split(" ").map((port) => `127.0.0.1:${port}`).join() ? 0 : 1)
      })' || return 1
  done
}

# health-service has two: its sweep and its pulse.
prometheus_targets() {
  get 'new Set(it.data.activeTargets.map((t) => t.discoveredLabels.__address__)).size === 6 && it.data.activeTargets.every((t) => t.health === "up")' -K "$login" "$prometheus/api/v1/targets"
}

cli_status() {
  ./kops cluster status | tee "$work/status" && [ "$(grep -cE '^(kafka|zookeeper)-[1-3] .*running.*yes' "$work/status")" = 6 ]
}

# No container but the agent's may reach the engine, and the services are not root. load-test-service may drill, not wipe.
rights() {
  local name
  for name in admin-service health-service load-test-service kafka-1 zookeeper-1 prometheus; do
    [ "$(docker exec "$name" id -u)" != 0 ] || { echo "$name runs as root"; return 1; }
    ! docker exec "$name" test -e /var/run/docker.sock || { echo "$name sees the engine"; return 1; }
    ! docker inspect "$name" --format '{{json .NetworkSettings.Ports}}' | grep -F '"HostIp":"0.0.0.0"' || return 1
  done
  [ "$(stat -c '%u %a' "${KOPS_AGENT_DIR:-/tmp/kops-kafka-log-streaming-cluster}/agent.sock")" = "$(id -u) 600" ] &&
    ! docker exec load-test-service test -e /run/kops &&
    [ "$(asks_agent GET /v1/cluster)" = 200 ] && [ "$(asks_agent POST /v1/cluster/wipe)" = 403 ]
}

# asks_agent METHOD PATH: the status that load-test-service gets from the socket for drills.
asks_agent() {
  docker exec load-test-service node -e '
    const [, method, path] = process.argv
    require("node:http").request({ socketPath: process.env.KOPS_AGENT_SOCKET, method, path }, (r) => console.log(r.resume().statusCode)).end()' "$@"
}

# Each container has the files that it needs, and no other.
secrets() {
  local broker own='kops/password' probe=''
  if [ "$security" = ssl ]; then own='kops/certificate.pem kops/key.pem' probe=$own; fi
  for broker in kafka-1 kafka-2 kafka-3; do
    has "$broker" /etc/kops/security "brokers/admin.properties brokers/$broker.pem brokers/$broker.properties ca.pem" || return 1
  done
  has admin-service /etc/kops/security "ca.pem $own" && has health-service /etc/kops/security "ca.pem $own" &&
    has load-test-service /etc/kops/security "ca.pem $own" && has agent /var/lib/kops-agent/security "ca.pem${probe:+ $probe}" &&
    has zookeeper-1 /etc/kops/security '' && [ "$(stat -c %a "$KOPS_SECURITY_DIR/containers")" = 700 ]
}

# has CONTAINER FOLDER FILES: those and no other.
has() {
  local files
  files=$(docker exec "$1" find "$2" -type f -printf '%P\n' 2>/dev/null | sort | tr '\n' ' ') || true
  [ "${files% }" = "$3" ] || {
    echo "$1 has ${files:-no files}, not $3"
    return 1
  }
}

# Neither in plain text nor without credentials.
strangers_refused() {
  ! host_client plaintext && ! host_client nobody && host_client
}

kafka_tool() {
  if ! command -v java >/dev/null || [ ! -d kafka/libs ]; then
    note='left out: ./setup.sh --runtime local installs Java and Kafka here'
    return 0
  fi
  ./kops kafka topics --list | tee "$work/topics" && grep -qx log-events "$work/topics" &&
    ./kops kafka acls --list | tee "$work/acls" && grep -q "User:.*kops" "$work/acls"
}

# A broker that is created without docker-compose.security.yml does not start in plain text.
stays_secured() {
  docker-compose up -d --no-deps kafka-1 &&
    within 60 eval 'docker logs kafka-1 2>&1 | grep "this cluster is secured"' && create && fresh && within 120 all_healthy
}

wiped() {
  ./kops cluster down --wipe --yes && [ ! -e "$KOPS_SECURITY_DIR" ] && [ ! -e "$KOPS_STATE_DIR/monitoring" ]
}

logs() {
  docker-compose logs zookeeper-1 zookeeper-2 zookeeper-3 >"$work/logs" && [ "$(grep -c LEADING "$work/logs")" -gt 0 ]
}

alert_arrives() {
  within 200 get "it.some((a) => a.labels.alertname === 'KafkaBrokersUnhealthy' && a.status.state === 'active')" \
    -K "$login" "$alertmanager/api/v2/alerts"
}

# status STATUS CURL-ARGUMENT...
status() {
  local expected=$1 answered
  shift
  answered=$(curl -s -o /dev/null -w '%{http_code}' "$@")
  [ "$answered" = "$expected" ] || {
    echo "$* -> $answered, not $expected"
    return 1
  }
}

# Neither a user of this machine nor a container gets in without the login; who has it does.
logins() {
  status 401 "$prometheus/api/v1/targets" && status 401 "$alertmanager/api/v2/silences" &&
    status 401 -X POST -H 'Content-Type: application/json' -H 'Origin: https://page.example' -d '{}' "$alertmanager/api/v2/silences" &&
    docker exec load-test-service node -e '
      Promise.all(["http://prometheus:9090/metrics", "http://alertmanager:9093/api/v2/alerts"].map((url) => fetch(url))).then((all) => {
        console.log(all.map(({ status }) => status).join())
        process.exit(all.every(({ status }) => status === 401) ? 0 : 1)
      })' &&
    status 200 -K "$login" "$prometheus/api/v1/targets" && status 200 -K "$login" "$alertmanager/api/v2/silences" &&
    [ "$(stat -c %a "$KOPS_STATE_DIR/monitoring")" = 700 ]
}

# To the services, this machine is an admin, as every step here shows, and another container is nobody.
containers_refused() {
  docker exec load-test-service node -e '
    Promise.all(["http://admin-service:8081/api/topics", "http://health-service:8082/metrics"].map((url) => fetch(url))).then((all) => {
      console.log(all.map(({ status }) => status).join())
      process.exit(all.every(({ status }) => status === 401) ? 0 : 1)
    })'
}

# The costliest bodies that the schemas allow, while each container keeps within its limit of memory.
worst_requests() {
  node test/compose/worst-requests.ts "$admin" "$health" "$load" || return 1
  local name
  note=
  for name in admin-service health-service load-test-service; do
    [ "$(docker inspect "$name" --format '{{.State.OOMKilled}} {{.RestartCount}}')" = 'false 0' ] || return 1
    note="$note$name $(docker exec "$name" sh -c 'cat /sys/fs/cgroup/memory.peak 2>/dev/null || cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes' |
      awk '{ printf "%d", $1 / 1048576 }') MiB  "
  done
}

# Alertmanager has a token for that.
notified() {
  curl -sS "$health/metrics" | tee "$work/metrics" | grep 'route="/api/alerts/webhook",status="200"' &&
    ! grep 'route="/api/alerts/webhook",status="40[13]"' "$work/metrics"
}

# A silence by way of admin-service, and the history by way of health-service: both log in.
through_services() {
  ./kops maintenance start --for 5m --reason 'test of the login' --match alertname=None && ./kops maintenance list | tee "$work/windows" &&
    grep -q 'test of the login' "$work/windows" && ./kops maintenance end &&
    get 'it.series !== undefined' "$health/api/health/history?metric=score"
}

degraded_and_writable() {
  within 45 health_is DEGRADED &&
    get 'it.reasons.some((r) => r.code === "broker_unreachable")' "$health/api/health" &&
    get 'it.status === "completed" && it.result.acknowledged === 1000' -X POST "$load/api/loadtest/run?eventCount=1000&topic=log-events"
}

disconnect() {
  docker network disconnect "$network" kafka-1 && within 45 health_is DEGRADED
}

reconnect() {
  docker network connect "$network" kafka-1 && fresh && within 90 all_healthy && host_client
}

cli_faults() {
  ./kops cluster pause kafka-3 && within 45 health_is DEGRADED && ./kops cluster resume kafka-3 && fresh && within 60 all_healthy &&
    ./kops cluster isolate zookeeper-2 && within 45 health_is DEGRADED && ./kops cluster heal zookeeper-2 && fresh && within 60 all_healthy
}

# drill KIND NODE: to its end, and its verdict.
drill() {
  local id
  get 'it.id' -X POST -H 'Content-Type: application/json' -d "{\"kind\":\"$1\",\"node\":\"$2\"}" "$load/api/drills" || return 1
  id=$(grep -oE '"id":"[^"]+"' "$log" | tail -n 1 | cut -d '"' -f 4)
  within 240 get '["completed", "aborted", "failed"].includes(it.status)' "$load/api/drills/$id" || return 1
  : >"$log"
  get 'it.status === "completed" && it.verdict.result === "pass" && it.verdict.counts.acknowledged > 0 && it.verdict.counts.ackedLost === 0' "$load/api/drills/$id" || return 1
  note=$(node -e '
    const { verdict } = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
    const { counts: c, measurements: m } = verdict
    console.log(`${verdict.result}: ${c.acknowledged} acknowledged, ${c.read} read, ${c.ackedLost} lost; new leaders ${Math.round(m.timeToNewLeadersMs)} ms, ` +
      `full ISR ${Math.round(m.timeToFullIsrMs)} ms, longest gap ${Math.round(m.longestAckGapMs)} ms`)' <<<"$(curl -sS "$load/api/drills/$id")")
  fresh
  within 60 all_healthy
}

# The service that started a fault is killed: the agent heals what it left.
orphaned_fault() {
  get 'it.id' -X POST -H 'Content-Type: application/json' -d '{"kind":"broker-stop","node":"kafka-2","faultDurationMs":120000}' "$load/api/drills" &&
    within 60 eval '[ "$(docker inspect kafka-2 --format "{{.State.Running}}")" = false ]' &&
    docker kill load-test-service &&
    within 90 eval '[ "$(docker inspect kafka-2 --format "{{.State.Running}}")" = true ]' &&
    docker start load-test-service && fresh && within 90 all_healthy && within 30 curl -sSf -o /dev/null "$load/livez"
}

# The agent is killed while it holds a fault: the engine starts it again, and it heals what is written down.
killed_agent() {
  local fault code=0
  ./kops cluster fault stop kafka-3 --for 120 &
  fault=$!
  within 60 eval '[ "$(docker inspect kafka-3 --format "{{.State.Running}}")" = false ]' &&
    docker run --rm --pid=host --network=none debian:bookworm-slim bash -c "kill -9 $(docker inspect agent --format '{{.State.Pid}}')" &&
    within 90 eval '[ "$(docker inspect kafka-3 --format "{{.State.Running}}")" = true ]' &&
    [ "$(docker inspect agent --format '{{.RestartCount}}')" -ge 1 ] &&
    fresh && within 90 all_healthy || code=$?
  kill "$fault" 2>/dev/null || true
  wait "$fault" || true
  return "$code"
}

# What the audit trail says of the connector comes back as a line of its file.
connect_runs() {
  ./kops cluster up --with connect && ./kops connect apply audit-logs-to-file &&
    within 60 get 'it.connectors.some((c) => c.name === "audit-logs-to-file" && c.state === "RUNNING" && c.tasks.length === 1 && c.tasks[0].state === "RUNNING")' "$admin/api/connectors" &&
    within 90 eval 'docker exec kafka-connect grep -q audit-logs-to-file /var/lib/connect/audit-logs.txt' &&
    note="$(docker exec kafka-connect cat /var/lib/connect/audit-logs.txt | wc -l) lines"
}

connect_goes() {
  ./kops connect delete audit-logs-to-file --yes && ./kops cluster up --without connect && ! docker inspect kafka-connect >/dev/null
}

# ends TOPIC: the first and the next offset of each partition.
ends() {
  BOOTSTRAP=127.0.0.1:${KAFKA_1_PORT:-9092} TOPIC=$1 node --no-warnings -e '
    const { Kafka, logLevel } = require("kafkajs")
    const admin = new Kafka({ brokers: [process.env.BOOTSTRAP], logLevel: logLevel.ERROR }).admin()
    admin.connect().then(() => admin.fetchTopicOffsets(process.env.TOPIC)).then(async (found) => {
      await admin.disconnect()
      for (const { partition, low, high } of found.sort((a, b) => a.partition - b.partition)) console.log(partition, low, high)
    })'
}

# brokers COUNT EXPRESSION: scales to so many, without losing a record; then the expression of the last broker is true.
brokers() {
  ends log-events >"$work/ends" && [ -s "$work/ends" ] && ./kops scale brokers "$1" --yes && fresh && within 120 all_healthy &&
    get "it.brokers.length === $1 && $2" "$admin/api/brokers" && ends log-events | diff "$work/ends" -
}

down_and_up() {
  docker-compose down && create && fresh && within 120 all_healthy && topics
}

# ----------------------------------------------------------------------------------------------------------------------

step 'what is needed' install_missing
step 'a Docker engine' engine
step 'base images' bash test/compose/prepare-images.sh
step 'Grafana and Kafka UI' choose_profile
step 'no cluster is set up here' nothing_to_lose
step 'the ports are free' ports_free
step 'the compose file is valid' docker-compose config
step "./kops setup --runtime compose --security $security" set_up
if [ "$security" != plaintext ]; then
  step 'both compose files are valid' eval 'COMPOSE_FILE=$files docker-compose config'
  step 'each container has its own secrets only' secrets
  step 'strangers are refused' strangers_refused
  step './kops kafka' kafka_tool
fi
step 'GET /api/topics, and one with its partitions' topics
step 'GET /api/health: HEALTHY' within 30 all_healthy
step 'GET /api/health/status' get 'it.status === "HEALTHY"' "$health/api/health/status"
step 'POST /kafka/publish, on a fresh setup' publish
step 'POST and DELETE /api/topics' create_and_delete
step 'bad input is refused by the field' refusals
step 'the worst requests, within the limits of memory' worst_requests
step 'POST /api/loadtest/run with 10,000 events, stats, reset' load_test
step 'a Kafka client on this machine' host_client
step 'unprivileged, and on 127.0.0.1 only' rights
step './kops cluster status' cli_status
step 'Prometheus scrapes all six targets' within 60 prometheus_targets
step 'Prometheus and Alertmanager ask for a login' logins
step 'kops maintenance, and the history' through_services
step 'another container needs a token' containers_refused
step 'docker-compose logs zookeeper-1 zookeeper-2 zookeeper-3' logs
step 'docker-compose stop kafka-1' docker-compose stop kafka-1
step 'DEGRADED, and writes go on' degraded_and_writable
step 'the alert is in Alertmanager' alert_arrives
step 'Alertmanager notifies health-service' within 60 notified
step 'docker-compose start kafka-1' docker-compose start kafka-1
step 'HEALTHY again' within 90 all_healthy
if [ "$security" != plaintext ]; then
  step 'drill network-partition on kafka-1' drill network-partition kafka-1
  step 'a secured broker does not start in plain text' stays_secured
  step 'docker-compose down and up: the data is still there' down_and_up
  step './kops cluster up again' ./kops cluster up
  step './kops cluster down --wipe' wiped
  step 'nothing is left behind' nothing_left
  exit 0
fi
step "docker network disconnect $network kafka-1: DEGRADED" disconnect
step "docker network connect $network kafka-1: HEALTHY" reconnect
step 'docker-compose restart kafka-2' eval 'docker-compose restart kafka-2 && fresh && within 90 all_healthy'
step './kops cluster pause, resume, isolate, heal' cli_faults
step 'drill broker-stop on kafka-1' drill broker-stop kafka-1
step 'drill broker-kill on kafka-2' drill broker-kill kafka-2
step 'drill broker-pause on kafka-3' drill broker-pause kafka-3
step 'drill network-partition on kafka-1' drill network-partition kafka-1
step 'load-test-service killed in a drill: the agent heals' orphaned_fault
step 'the agent killed with a fault in hand: it comes back and heals' killed_agent
step './kops cluster up --with connect: a sink writes the audit trail to a file' connect_runs
step './kops cluster up --without connect' connect_goes
step './kops scale brokers 4: it is filled, and every record is kept' brokers 4 'it.brokers[3].replicas > 0 && it.brokers[3].leaders > 0'
step './kops scale brokers 3: it is emptied and gone' brokers 3 'it.brokers.every((b) => b.id < 4)'
step 'its container and its volume are gone' eval '[ -z "$(docker ps -aq --filter name=kafka-4; docker volume ls -q --filter name=kafka-4)" ]'
step 'docker-compose down and up: the data is still there' down_and_up
step 'docker-compose down -v' docker-compose down -v
step 'nothing is left behind' nothing_left
