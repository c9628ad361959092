const inherited = /^(KOPS_.*|NODE_.*|LC_.*|LANG|PATH|HOME|TZ|TMPDIR|SSL_CERT_.*|https?_proxy|no_proxy)$/i

/**
 * The environment that kept processes get from whoever sets the system up. It is written down for the next start, so only
 * what a service may need is in it.
 */
export function inheritedVariables(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && inherited.test(name) ? [[name, value]] : []))
  )
}
