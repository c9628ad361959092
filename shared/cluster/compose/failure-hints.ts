const hints: { said: RegExp; hint: string }[] = [
  {
    said: /port is already allocated|address already in use/i,
    hint: 'A port is taken by another program (ss -ltnp names it); stop that, or publish elsewhere: KAFKA_1_PORT, ADMIN_PORT, ... in the environment.'
  },
  {
    said: /container name "\/?[\w-]+" is already in use/i,
    hint: 'A container of that name belongs to something else: remove it (docker rm), or take the other checkout down first.'
  },
  {
    said: /range of cpus is from/i,
    hint: 'This machine has fewer processors than the limits allow for: set KAFKA_CPUS=1 and LOAD_TEST_CPUS=1.'
  },
  {
    said: /permission denied.*docker.*sock/i,
    hint: 'This user may not use the Docker engine: run it as root, or join the group docker and log in again.'
  },
  {
    said: /pull access denied|manifest .*(unknown|not found)|no such host|registry.*(refused|timeout|deadline)|failed to resolve|error response from daemon: get /i,
    hint: 'An image could not be pulled. Grafana and the Kafka UI can be left out: COMPOSE_PROFILES= before the command.'
  }
]

/** What to do about a failure of Compose, from the lines that it wrote; undefined when it is none that is known. */
export function explainFailure(lines: string[]): string | undefined {
  const text = lines.join('\n')
  return hints.find(({ said }) => said.test(text))?.hint
}
