const inherited = /^(KOPS_.*|NODE_.*|LC_.*|LANG|PATH|HOME|TZ|TMPDIR|SSL_CERT_.*|https?_proxy|no_proxy)$/i
/** Other names of settings. Not those of addresses and credentials, which are the cluster's own: setup knows them. */
const aliases =
  /^(STREAMING_[A-Z_]+_TOPIC|STREAMING_KAFKA__(PRODUCER|CONSUMER)_CONFIG|KAFKA_TOPIC_[A-Z]+|KAFKA_CONSUMER_GROUP|KAFKA_AUTO_OFFSET_RESET)$/

/**
 * The environment for kept processes, taken from the user who sets the system up. It is saved for the next start, so it
 * contains only what a service may need.
 */
export function inheritedVariables(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (inherited.test(name) || aliases.test(name)) ? [[name, value]] : []
    )
  )
}
