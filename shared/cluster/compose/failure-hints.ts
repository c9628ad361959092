const hints: { said: RegExp; hint: string }[] = [
  {
    said: /port is already allocated|address already in use/i,
    hint: 'Another program uses a port (ss -ltnp names it); stop it, or publish on other ports: KAFKA_1_PORT, ADMIN_PORT, ... in the environment.'
  },
  {
    said: /container name "\/?[\w-]+" is already in use/i,
    hint: 'A container with that name already exists: remove it (docker rm), or take the other checkout down first.'
  },
  {
    said: /range of cpus is from/i,
    hint: 'This machine has fewer CPUs than the limits require: set KAFKA_CPUS=1 and LOAD_TEST_CPUS=1.'
  },
  {
    said: /permission denied.*docker.*sock/i,
    hint: 'This user may not use the Docker engine: run the command as root, or join the group docker and log in again.'
  },
  {
    said: /pull access denied|manifest .*(unknown|not found)|no such host|registry.*(refused|timeout|deadline)|failed to resolve|error response from daemon: get /i,
    hint: 'An image could not be pulled. To leave out Grafana and the Kafka UI, put COMPOSE_PROFILES= before the command.'
  }
]

/** A hint for a Compose failure, from its output; undefined for an unknown one. */
export function explainFailure(lines: string[]): string | undefined {
  const text = lines.join('\n')
  return hints.find(({ said }) => said.test(text))?.hint
}
