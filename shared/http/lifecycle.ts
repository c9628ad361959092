import closeWithGrace from 'close-with-grace'
import type { App } from './create-app.ts'

export interface ListenOptions {
  host: string
  port: number
}

/**
 * Listens, and closes on SIGTERM, SIGINT or an uncaught error: the one place where a service handles signals.
 * Requests in flight are answered (drain.ts), and what works in the background is ended by the app's onClose hooks, within 10 s.
 */
export async function serve(app: App, { host, port }: ListenOptions): Promise<void> {
  closeWithGrace({ delay: 10_000 }, async ({ signal, err }) => {
    if (err) app.log.fatal({ err }, 'closing after an uncaught error')
    else app.log.info({ signal }, 'closing')
    await app.close()
  })
  await app.listen({ host, port })
}
