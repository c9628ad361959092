import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { KopsError } from '#shared/errors/catalog.ts'
import { runbookName } from '#shared/runbooks/runbook-url.ts'
import { renderRunbook, runbookStyle } from '../domain/runbooks.ts'

const folder = join(import.meta.dirname, '../../../docs/runbooks')

/** Nothing but the page's own style. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(runbookStyle).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** The runbooks as pages: public, as the API's documents are, because the project publishes them and they name no cluster. */
export const runbookRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/runbooks', { schema: { hide: true, 'x-role': 'public' } }, async (_request, reply) =>
    send(reply, await readFile(join(folder, 'README.md'), 'utf8'))
  )

  app.get(
    '/runbooks/:name',
    {
      schema: {
        hide: true,
        'x-role': 'public',
        params: Type.Object({
          name: Type.String({ pattern: runbookName.source, maxLength: 100, description: 'the name of a runbook' })
        })
      }
    },
    async (request, reply) => {
      const { name } = request.params
      const markdown = await readFile(join(folder, `${name}.md`), 'utf8').catch(() => undefined)
      if (markdown === undefined) throw new KopsError('not_found', `no runbook ${name}: GET /runbooks lists them`)
      return send(reply, markdown)
    }
  )
}

function send(reply: FastifyReply, markdown: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .header('x-content-type-options', 'nosniff')
    .send(renderRunbook(markdown).html)
}
