import t from 'tap'
import { explainFailure } from '#shared/cluster/compose/failure-hints.ts'

t.test('output of Compose and the engine leads to a hint', async (t) => {
  const cases: [said: string, hint: RegExp | undefined][] = [
    [
      'ERROR: for kafka-1  Cannot start service kafka-1: driver failed programming external connectivity on endpoint kafka-1 (ab12): Bind for 127.0.0.1:9092 failed: port is already allocated',
      /Another program uses a port/
    ],
    [
      'Error starting userland proxy: listen tcp4 127.0.0.1:9092: bind: address already in use',
      /Another program uses a port/
    ],
    [
      'Conflict. The container name "/kafka-1" is already in use by container "77670e39bd73".',
      /with that name already exists/
    ],
    ['Range of CPUs is from 0.01 to 1.00, as there are only 1 CPUs available', /KAFKA_CPUS=1/],
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      /group docker/
    ],
    [
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      /COMPOSE_PROFILES=/
    ],
    ['manifest for grafana/grafana:0.0.0 not found: manifest unknown: manifest unknown', /COMPOSE_PROFILES=/],
    ['Service "kafka-1" failed to build: Build failed', undefined]
  ]
  for (const [said, hint] of cases) {
    const found = explainFailure(['Creating network', said])
    if (hint) t.match(found, hint, said)
    else t.equal(found, undefined, said)
  }
})
