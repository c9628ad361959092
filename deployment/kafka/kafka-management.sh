#!/bin/sh
# Kafka by short verbs, for those who know them from elsewhere: each is one or two calls of kops.
set -eu

self=$(basename -- "$0")
root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/../.." && pwd)
# Tests put another program in its place.
kops=${KOPS:-$root/kops}

usage() {
  cat <<END
Usage: $self <command>

  start                                    start nodes, services and monitoring; wait until they answer
  stop                                     stop everything; keeps the data
  restart                                  stop, then start
  status                                   nodes, addresses, services
  logs [kafka | zookeeper | <node>]        the last lines of these nodes' logs; of every node without a name
  init-topics                              create the topics of catalog/smart-load-balancer.yaml

  topics                                   list topics
  create-topic <topic> [partitions] [replication-factor]
                                           3 partitions and 3 replicas where none are given
  describe-topic <topic>
  produce <topic> <message>                write one record
  consume <topic> [count]                  read the first records, 10 or count at most

  groups                                   list consumer groups
  describe-group <group>

Exit codes are those of kops: 0 done, 1 refused or failed, 2 wrong command line, 4 not
allowed, 6 unreachable.
kops has more: $kops --help
END
}

# Ends with 2, as kops does for a command line that is not right.
refuse() {
  printf '%s: %s\n\n' "$self" "$1" >&2
  usage >&2
  exit 2
}

# expect LEAST MOST COUNT: how many arguments a command takes, and how many there are.
expect() {
  [ "$3" -ge "$1" ] || refuse "$command needs more arguments"
  [ "$3" -le "$2" ] || refuse "$command takes fewer arguments"
}

# The names of nodes that begin so, from the status of the cluster.
nodes() {
  status=$("$kops" cluster status) || exit $?
  printf '%s\n' "$status" | awk -v like="$1" '$1 ~ "^" like "-[0-9]+$" { print $1 }'
}

logs() {
  case $1 in
    kafka | zookeeper) names=$(nodes "$1") ;;
    all) names=$(nodes '(kafka|zookeeper)') ;;
    *) names=$1 ;;
  esac
  if [ -z "$names" ]; then
    printf '%s: this cluster has no node %s\n' "$self" "$1" >&2
    exit 1
  fi
  for node in $names; do
    printf '== %s\n' "$node"
    "$kops" cluster logs "$node"
  done
}

[ $# -gt 0 ] || refuse 'a command is missing'
command=$1
shift

case $command in
  start)
    expect 0 0 $#
    exec "$kops" setup
    ;;
  stop)
    expect 0 0 $#
    exec "$kops" setup --down
    ;;
  restart)
    expect 0 0 $#
    "$kops" setup --down
    exec "$kops" setup
    ;;
  status)
    expect 0 0 $#
    exec "$kops" cluster status
    ;;
  logs)
    expect 0 1 $#
    logs "${1:-all}"
    ;;
  init-topics)
    expect 0 0 $#
    exec "$kops" catalog apply smart-load-balancer
    ;;
  topics)
    expect 0 0 $#
    exec "$kops" topics list
    ;;
  create-topic)
    expect 1 3 $#
    exec "$kops" topics create --partitions "${2:-3}" --replication-factor "${3:-3}" -- "$1"
    ;;
  describe-topic)
    expect 1 1 $#
    exec "$kops" topics describe -- "$1"
    ;;
  produce)
    expect 2 2 $#
    [ "$2" != - ] || refuse 'produce takes the message itself; kops messages produce reads standard input'
    exec "$kops" messages produce -- "$1" "$2"
    ;;
  consume)
    expect 1 2 $#
    # Without a terminal to ask, it ends after so many.
    exec "$kops" messages read --from earliest --limit "${2:-10}" -- "$1" </dev/null
    ;;
  groups)
    expect 0 0 $#
    exec "$kops" groups list
    ;;
  describe-group)
    expect 1 1 $#
    exec "$kops" groups describe -- "$1"
    ;;
  help | -h | --help)
    usage
    ;;
  *)
    refuse "there is no command $command"
    ;;
esac
