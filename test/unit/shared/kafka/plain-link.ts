import type { BrokerLink } from '#shared/kafka/connection/link.ts'

/**
 * A broker that answers by API key, and records its requests.
 * @param answers by API key
 */
export function plainLink(answers: { [apiKey: number]: unknown }) {
  const asked: [apiKey: number, args: unknown[]][] = []
  const link: BrokerLink = {
    endpoint: { host: 'kafka', port: 9092 },
    offers: () => undefined,
    close: () => {},
    async request(versions: readonly { key: number }[], args: unknown[]): Promise<never> {
      const key = versions[0]?.key ?? -1
      asked.push([key, args])
      return answers[key] as never
    }
  }
  return { link, asked }
}
