const inherited = /^(KOPS_.*|NODE_.*|LC_.*|LANG|PATH|HOME|TZ|TMPDIR|SSL_CERT_.*|https?_proxy|no_proxy)$/i

/**
 * The environment for kept processes, taken from the user who sets the system up. It is saved for the next start, so it
 * contains only what a service may need.
 */
export function inheritedVariables(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && inherited.test(name) ? [[name, value]] : []))
  )
}
