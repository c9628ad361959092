import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { consolePages } from '#shared/console-pages.ts'
import { prefersHtml } from '#shared/http/prefers-html.ts'

export interface ConsolePluginOptions {
  /** Where web/build.ts has put the console. */
  folder: string
}

/** Nothing but the console's own files and the API of this origin; nothing inline; in no frame. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"]
  }
}

/**
 * The console: one document at each of its addresses for whoever accepts HTML, so that every page of it can be linked to, and its files at
 * /assets. All of it is public: it holds nothing of the cluster, and gets that from the API.
 */
export const consolePlugin = fp<ConsolePluginOptions>(
  async (app, options) => {
    const folder = resolve(options.folder)
    app.addConstraintStrategy(acceptsHtml)
    await app.register(async (scope) => {
      await scope.register(helmet, {
        contentSecurityPolicy,
        frameguard: { action: 'deny' },
        // Over plain HTTP browsers ignore it; over TLS it is for the host, whose other services are not this one's to decide on.
        strictTransportSecurity: false
      })
      scope.addHook('onSend', async (_request, reply) => {
        reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
      })
      const page = { schema: { hide: true, 'x-role': 'public' }, constraints: { accepts: 'html' } } as const
      for (const name of consolePages) {
        for (const url of name === '' ? ['/'] : [`/${name}`, `/${name}/*`]) {
          scope.get(url, page, (_request, reply) => sendDocument(reply, folder))
        }
      }
      await scope.register(fastifyStatic, { root: join(folder, 'assets'), serve: false, preCompressed: true })
      scope.get(
        '/assets/*',
        { schema: { hide: true, 'x-role': 'public' }, logLevel: 'warn' },
        async (request: FastifyRequest<{ Params: { '*': string } }>, reply) =>
          reply.sendFile(request.params['*'], hashedName.test(request.params['*']) ? forEver : {})
      )
    })
  },
  { name: 'console' }
)

/** A file whose name has a hash of its content never changes. */
const hashedName = /-[A-Z0-9]{8}\.\w+$/
const forEver = { maxAge: '365d', immutable: true }

/** A route for browsers, beside one of the same address for programs. */
const acceptsHtml: Parameters<FastifyInstance['addConstraintStrategy']>[0] = {
  name: 'accepts',
  storage() {
    const handlers = new Map()
    return {
      get: (key) => handlers.get(key) ?? null,
      set: (key, handler) => void handlers.set(key, handler)
    }
  },
  deriveConstraint: ({ headers }) => (prefersHtml(headers.accept) ? 'html' : undefined),
  validate() {}
}

/** Read each time: it is small, seldom asked for, and may have been built again since. */
async function sendDocument(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  const document = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined)
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').header('vary', 'accept')
  return document === undefined ? reply.code(503).send(notBuilt) : reply.send(document)
}

const notBuilt = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>kops: the console is not built</title></head>
<body>
<h1>The console is not built</h1>
<p>Run <code>npm run console:build</code> in the folder of kops, and load this page again. <code>./setup.sh</code> does it too.</p>
<p>The API works without it: <a href="/docs">its documents</a>.</p>
</body>
</html>
`
