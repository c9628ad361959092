import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import { setting } from '../support/under-test.ts'

/** Messages sent to a receiver for people, in order of arrival. */
export interface Notification {
  sink: 'webhook' | 'slack' | 'pagerduty' | 'email'
  /** JSON, or a mail with its headers. */
  text: string
}

/** Servers that people's notifications go to, at the ports that the runner has set Alertmanager up with; closed after the test. */
export async function openSinks(t: Test): Promise<Notification[]> {
  const received: Notification[] = []
  const http = createHttpServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const sink = (['webhook', 'slack', 'pagerduty'] as const).find((name) => request.url === `/${name}`)
    if (sink) received.push({ sink, text })
    // PagerDuty answers 202, and Slack with this text.
    response.writeHead(sink === 'pagerduty' ? 202 : 200).end('ok')
  })
  const connections = new Set<Socket>()
  const smtp = createServer((socket) => {
    connections.add(socket)
    receiveMail(socket, (text) => received.push({ sink: 'email', text }))
  })
  http.listen(Number(setting('KOPS_TEST_NOTIFIED_PORT')), '127.0.0.1')
  smtp.listen(Number(setting('KOPS_TEST_SMTP_PORT')), '127.0.0.1')
  t.teardown(async () => {
    for (const socket of connections) socket.destroy()
    http.closeAllConnections()
    const closed = [once(http, 'close'), once(smtp, 'close')]
    http.close()
    smtp.close()
    await Promise.all(closed)
  })
  await Promise.all([once(http, 'listening'), once(smtp, 'listening')])
  return received
}

/** The server's side of SMTP (RFC 5321), as far as one client needs it that sends mails one after the other. */
function receiveMail(socket: Socket, received: (mail: string) => void): void {
  let buffered = ''
  let mail: string | undefined
  const answer = (line: string) => socket.write(`${line}\r\n`)
  socket.on('error', () => socket.destroy())
  answer('220 sink ESMTP')
  socket.setEncoding('utf8').on('data', (chunk) => {
    buffered += chunk
    for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
      const line = buffered.slice(0, end)
      buffered = buffered.slice(end + 2)
      if (mail !== undefined && line !== '.') mail += `${line}\n`
      else if (mail !== undefined) {
        received(mail)
        mail = undefined
        answer('250 taken')
      } else if (/^DATA$/i.test(line)) {
        mail = ''
        answer('354 go on')
      } else if (/^QUIT$/i.test(line)) {
        answer('221 bye')
        socket.end()
      } else answer('250 ok')
    }
  })
}
