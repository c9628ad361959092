import type { App } from '#shared/http/create-app.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Media {
  schema?: Record<string, unknown>
  example?: unknown
  examples?: Record<string, { value: unknown }>
}

export interface Operation {
  summary?: string
  'x-role'?: string
  'x-audit'?: string
  parameters?: { name: string; in: string; required?: boolean; schema: Record<string, unknown>; example?: unknown }[]
  requestBody?: { required?: boolean; content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}

/** The contents of a service's OpenAPI document. */
export function operationsOf(app: App): { method: Method; path: string; operation: Operation }[] {
  return operationsIn(JSON.parse(JSON.stringify(app.swagger())))
}

/** The contents of a parsed OpenAPI document. */
export function operationsIn(document: unknown): { method: Method; path: string; operation: Operation }[] {
  const { paths } = document as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase() as Method,
      path,
      operation
    }))
  )
}

/** Every route as `METHOD /path/{parameter}`, except those outside the API (/metrics, /docs, /runbooks, the console and its sessions). */
export function routesOf(app: App): string[] {
  const lines = app.printRoutes({ commonPrefix: false, includeHooks: false }).split('\n')
  const routes: string[] = []
  const stack: string[] = []
  for (const line of lines) {
    // A second route of the same address follows without a branch of its own.
    const match = /^(?<indent>[│ ]*)(?<branch>[├└]── )?(?<part>\S+)(?: \((?<methods>[^)]+)\))?/.exec(line)
    if (!match?.groups) continue
    const { indent = '', branch, part = '', methods } = match.groups
    const depth = indent.length / 4 - (branch ? 0 : 1)
    stack.splice(depth)
    stack[depth] = part
    const path = stack.join('').replace(/:(\w+)/g, '{$1}')
    // The console's pages are for browsers only, and share addresses with what programs get.
    if (/^\/(docs|metrics|runbooks|session)|\*/.test(path) || line.endsWith('{"accepts":"html"}')) continue
    for (const method of methods?.split(', ') ?? []) {
      if (method !== 'HEAD' && method !== 'OPTIONS') routes.push(`${method} ${path}`)
    }
  }
  return routes
}
