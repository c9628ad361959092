#!/bin/bash
# Makes stand-ins for the base images of docker-compose.cluster.yml, each only where it can be neither found nor pulled:
# Debian by debootstrap, Node.js from the project's pinned binary, Prometheus and Alertmanager from Debian's packages.
# They carry the exact names of the compose file, so that nothing else has to know. Needs root and a Docker engine.
set -euo pipefail
cd "$(dirname "$0")/../.."

debian=debian:bookworm-slim
node=node:24-bookworm-slim
prometheus=$(sed -n 's/^ *image: *\(prom\/prometheus:.*\)/\1/p' docker-compose.cluster.yml)
alertmanager=$(sed -n 's/^ *image: *\(prom\/alertmanager:.*\)/\1/p' docker-compose.cluster.yml)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# present IMAGE: whether it is here, or could be had.
present() {
  if docker image inspect "$1" >/dev/null 2>&1; then
    echo "$1: here"
  elif timeout 300 docker pull -q "$1" >/dev/null 2>&1; then
    echo "$1: pulled"
  else
    return 1
  fi
}

made() {
  echo "$1: made here in $((SECONDS - started)) s"
}

export DOCKER_BUILDKIT=0
started=$SECONDS
if ! present "$debian"; then
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/rootfs" >"$work/debootstrap.log" 2>&1 || {
    tail -n 20 "$work/debootstrap.log" >&2
    exit 1
  }
  # This machine may reach the package registries through a proxy with a certificate authority of its own.
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$work/rootfs/usr/local/share/ca-certificates/"
    chroot "$work/rootfs" update-ca-certificates >/dev/null 2>&1
  fi
  rm -rf "$work"/rootfs/var/cache/apt/archives/*.deb "$work"/rootfs/var/lib/apt/lists/*
  tar -C "$work/rootfs" -c . | docker import - "$debian" >/dev/null
  rm -rf "$work/rootfs"
  made "$debian"
fi

started=$SECONDS
if ! present "$node"; then
  mkdir "$work/node"
  cp node_modules/.bin/node "$work/node/node"
  cp -rL "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$work/node/npm"
  cat >"$work/node/Dockerfile" <<DOCKERFILE
FROM $debian
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
  && groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home --shell /bin/bash node
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["node"]
DOCKERFILE
  docker build -q -t "$node" "$work/node" >/dev/null
  made "$node"
fi

# from_package IMAGE PACKAGE COMMAND DATA-FOLDER
from_package() {
  docker build -q -t "$1" - >/dev/null <<DOCKERFILE
FROM $debian
RUN apt-get update && apt-get install -y --no-install-recommends $2 busybox && rm -rf /var/lib/apt/lists/* \\
  && ln -s /bin/busybox /usr/local/bin/nc \\
  && install -d -o nobody -g nogroup $4
USER nobody
ENTRYPOINT ["$3"]
DOCKERFILE
}

# checkable IMAGE: whether it has what the health check of docker-compose.cluster.yml runs; one made here before may not.
checkable() {
  docker run --rm --network none --entrypoint sh "$1" -c 'command -v nc && command -v base64 && command -v grep' >/dev/null
}

started=$SECONDS
if ! { present "$prometheus" && checkable "$prometheus"; }; then
  from_package "$prometheus" prometheus /usr/bin/prometheus /prometheus
  made "$prometheus"
fi
started=$SECONDS
if ! { present "$alertmanager" && checkable "$alertmanager"; }; then
  from_package "$alertmanager" prometheus-alertmanager /usr/bin/prometheus-alertmanager /alertmanager
  made "$alertmanager"
fi
