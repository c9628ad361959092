#!/bin/bash
# Runs a node of the cluster, or a worker of Kafka Connect, in a container: fills in the templates and execs Java.
#   entrypoint.sh broker | zookeeper | connect | health
# Broker:    KAFKA_BROKER_ID, KAFKA_BROKER_RACK, KAFKA_EXTERNAL_PORT (the port for clients on the host),
#            KAFKA_ZOOKEEPER_CONNECT,
#            KAFKA_HEAP_OPTS. Any other KAFKA_NAME_OF_SETTING becomes name.of.setting and overrides the template.
#            SECURED=true: TLS and ACLs, with the files of /etc/kops/security (docker-compose.security.yml).
# ZooKeeper: ZOOKEEPER_ID, ZOOKEEPER_SERVERS (host names in order of their ids, comma-separated), ZOOKEEPER_HEAP_OPTS.
# Connect:   CONNECT_BOOTSTRAP_SERVERS, CONNECT_PASSWORD (that of the user kops of its REST API), CONNECT_HEAP_OPTS.
set -euo pipefail

home=/opt/kafka
work=/tmp/node
security=/etc/kops/security
# A container reconnected to its network may get another address: resolve names again soon.
java=(java -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -Dsun.net.inetaddr.ttl=2 -Dsun.net.inetaddr.negative.ttl=0
  "-Dlog4j.configuration=file:$home/templates/log4j.properties" -cp "$home/libs/*")

fail() {
  echo "entrypoint.sh: $*" >&2
  exit 64
}

# render TEMPLATE NAME...: the template with each ${NAME} replaced by that variable's value.
render() {
  local text name
  text=$(<"$1")
  for name in "${@:2}"; do text=${text//"\${$name}"/"${!name}"}; done
  if grep -v '^ *#' <<<"$text" | grep -F '${' >&2; then fail "$1 has a name that is not filled in (above)"; fi
  printf '%s\n' "$text"
}

broker() {
  local BROKER_ID=${KAFKA_BROKER_ID:?} RACK=${KAFKA_BROKER_RACK:-rack-$KAFKA_BROKER_ID} LOG_DIRS=/var/lib/kafka/data
  local ZOOKEEPER_CONNECT=${KAFKA_ZOOKEEPER_CONNECT:?}
  # KAFKA_AUTHORIZER_CLASS_NAME and its settings configure an authorizer.
  # shellcheck disable=SC2034 # render reads it by its name
  local SECURITY=listener.security.protocol.map=INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT
  # Bound to all addresses, because the container's address changes when it is disconnected and reconnected.
  local LISTENERS=INTERNAL://0.0.0.0:9092,EXTERNAL://0.0.0.0:19092
  local ADVERTISED_LISTENERS=INTERNAL://$HOSTNAME:9092,EXTERNAL://127.0.0.1:${KAFKA_EXTERNAL_PORT:?}
  if [ "${SECURED:-}" = true ]; then
    SECURITY=$(<"$security/brokers/$HOSTNAME.properties")
    # Only brokers use INTERNAL: it leaves its port to SERVICES, for the clients in the other containers.
    LISTENERS=INTERNAL://0.0.0.0:9091,EXTERNAL://0.0.0.0:19092,SERVICES://0.0.0.0:9092
    ADVERTISED_LISTENERS=${ADVERTISED_LISTENERS/:9092/:9091},SERVICES://$HOSTNAME:9092
    touch "$LOG_DIRS/.secured"
  elif [ -e "$LOG_DIRS/.secured" ]; then
    fail 'this cluster is secured: ./setup.sh starts it, or Compose with COMPOSE_FILE=docker-compose.cluster.yml:docker-compose.security.yml'
  fi
  local METADATA
  METADATA=$(render "$home/templates/metadata-zookeeper.properties" BROKER_ID ZOOKEEPER_CONNECT)
  render "$home/templates/server.properties" METADATA RACK LISTENERS ADVERTISED_LISTENERS LOG_DIRS SECURITY \
    >"$work/server.properties"

  local name setting
  for name in "${!KAFKA_@}"; do
    case $name in
      KAFKA_BROKER_ID | KAFKA_BROKER_RACK | KAFKA_EXTERNAL_PORT | KAFKA_ZOOKEEPER_CONNECT | KAFKA_*OPTS) ;;
      *)
        setting=${name#KAFKA_}
        setting=${setting//_/.}
        printf '%s=%s\n' "${setting,,}" "${!name}" >>"$work/server.properties"
        ;;
    esac
  done

  # shellcheck disable=SC2086 # several options
  exec "${java[@]}" ${KAFKA_HEAP_OPTS:-} \
    "-javaagent:$(echo "$home"/libs/jmx_prometheus_javaagent-*.jar)=0.0.0.0:7071:$home/templates/jmx-exporter.yml" \
    kafka.Kafka "$work/server.properties"
}

zookeeper() {
  local DATA_DIR=/var/lib/zookeeper/data SERVERS id=0 host
  # The last of two lines for one setting counts. The quorum ports are bound to all addresses, for the reason above.
  SERVERS=quorumListenOnAllIPs=true
  for host in ${ZOOKEEPER_SERVERS//,/ }; do
    id=$((id + 1))
    SERVERS+=$'\n'"server.$id=$host:2888:3888;0.0.0.0:2181"
  done
  [ "$id" -gt 0 ] || fail 'ZOOKEEPER_SERVERS names no server'
  render "$home/templates/zoo.cfg" DATA_DIR SERVERS >"$work/zoo.cfg"
  echo "${ZOOKEEPER_ID:?}" >"$DATA_DIR/myid"

  # shellcheck disable=SC2086 # several options
  exec "${java[@]}" ${ZOOKEEPER_HEAP_OPTS:-} org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zoo.cfg"
}

connect() {
  # shellcheck disable=SC2034 # render reads them by their names
  local BOOTSTRAP_SERVERS=${CONNECT_BOOTSTRAP_SERVERS:?} LISTEN_HOST=0.0.0.0 ADVERTISED_HOST=$HOSTNAME PORT=8084
  # shellcheck disable=SC2034
  local REPLICATION_FACTOR=${CONNECT_REPLICATION_FACTOR:-3} PLUGINS_DIR=/opt/kafka/plugins SECRETS_DIR=/etc/kops/secrets
  local PLUGIN_DISCOVERY=service_load
  # shellcheck disable=SC2034
  if [ -n "$(ls -A "$PLUGINS_DIR")" ]; then PLUGIN_DISCOVERY=hybrid_warn; fi
  render "$home/templates/connect.properties" BOOTSTRAP_SERVERS REPLICATION_FACTOR LISTEN_HOST ADVERTISED_HOST PORT \
    PLUGINS_DIR PLUGIN_DISCOVERY SECRETS_DIR >"$work/connect.properties"
  umask 077
  printf 'kops=%s\n' "${CONNECT_PASSWORD:?}" >"$work/users.properties"
  cat >"$work/login.conf" <<CONF
KafkaConnect {
  org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required
  file="$work/users.properties";
};
CONF
  # Files of connectors, which others may read.
  umask 022
  cd /var/lib/connect
  # shellcheck disable=SC2086 # several options
  exec "${java[@]}" ${CONNECT_HEAP_OPTS:-} "-Djava.security.auth.login.config=$work/login.conf" \
    org.apache.kafka.connect.cli.ConnectDistributed "$work/connect.properties"
}

# Sends the node a request by its network name: an open port does not reveal a hanging node, and 127.0.0.1 does not
# reveal an isolated one.
health() {
  local answer
  if [ -n "${CONNECT_PASSWORD:-}" ]; then
    exec 3<>"/dev/tcp/$HOSTNAME/8084"
    printf 'GET /health HTTP/1.0\r\nAuthorization: Basic %s\r\n\r\n' "$(printf 'kops:%s' "$CONNECT_PASSWORD" | base64 -w 0)" >&3
    answer=$(timeout 3 head -n 1 <&3)
    [[ $answer == *' 200 '* ]]
  elif [ -n "${ZOOKEEPER_ID:-}" ]; then
    exec 3<>"/dev/tcp/$HOSTNAME/2181"
    printf srvr >&3
    answer=$(timeout 3 cat <&3)
    [[ $answer == *'Mode: '* ]]
  else
    # ApiVersions, version 0, correlation id 1, no client id; the answer repeats the id and has error code 0.
    if [ "${SECURED:-}" = true ]; then tls_connection; else exec 3<>"/dev/tcp/$HOSTNAME/9092" 4>&3; fi
    printf '\0\0\0\12\0\22\0\0\0\0\0\1\377\377' >&4
    answer=$(timeout 3 head -c 10 <&3 | od -An -v -tx1 | tr -d ' \n')
    [[ ${answer:8} == 000000010000 ]]
  fi
}

# A connection to this broker over TLS, with its own certificate, which a listener may require.
tls_connection() {
  local identity=$security/brokers/$HOSTNAME.pem
  coproc timeout 3 openssl s_client -connect "$HOSTNAME:9092" -verify_hostname "$HOSTNAME" -verify_return_error \
    -CAfile "$security/ca.pem" -cert "$identity" -key "$identity" -quiet -no_ign_eof 2>/dev/null
  # Java, the container's first process, would never collect a child that outlives this one.
  # shellcheck disable=SC2064 # bash forgets the id when the child ends
  trap "kill $COPROC_PID 2>/dev/null || true; wait" EXIT
  exec 3<&"${COPROC[0]}" 4>&"${COPROC[1]}"
}

case ${1:-} in
  broker | zookeeper | connect)
    mkdir -p "$work"
    "$1"
    ;;
  health) health ;;
  *) fail 'the first argument is broker, zookeeper, connect or health' ;;
esac
