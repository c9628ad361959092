import type { Broker, BrokerList } from '#shared/contracts/brokers.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { bytes, counted, type Output, paint, table } from '../output.ts'

const yes = (value: boolean) => (value ? paint('green', 'yes') : paint('red', 'no'))
const address = ({ host, port }: Broker) => (host === null ? '(not seen)' : `${host}:${port}`)

export function printBrokers(output: Output, { brokers }: BrokerList): void {
  const rows = brokers.map((broker) => [
    `${brokerName(broker.id)}${broker.controller ? '*' : ''}`,
    address(broker),
    broker.rack ?? '-',
    yes(broker.reachable),
    String(broker.replicas),
    broker.leaders === broker.preferredLeaders
      ? String(broker.leaders)
      : `${broker.leaders} of ${broker.preferredLeaders}`,
    broker.outOfSync === 0 ? '0' : paint('red', String(broker.outOfSync)),
    bytes(broker.sizeBytes),
    bytes(freeBytes(broker))
  ])
  output.print(table(['BROKER', 'ADDRESS', 'RACK', 'UP', 'REPLICAS', 'LEADS', 'LATE', 'SIZE', 'FREE'], rows))
  output.print(
    paint('dim', '* controller; up: answers; leads n of m: leads n of its m preferred; late: replicas out of sync')
  )
}

function freeBytes({ logDirs }: Broker): number | null {
  if (logDirs === null || logDirs.some(({ usableBytes }) => usableBytes === null)) return null
  return logDirs.reduce((sum, { usableBytes }) => sum + (usableBytes ?? 0), 0)
}

export function printBroker(output: Output, broker: Broker): void {
  const { id, controller, rack, reachable, responseTimeMs, replicas, leaders, preferredLeaders, outOfSync } = broker
  output.print(`${paint('bold', brokerName(id))}${controller ? ', controller' : ''}`)
  output.print(`  address     ${address(broker)}`)
  output.print(`  rack        ${rack ?? '-'}`)
  output.print(`  answers     ${yes(reachable)}${responseTimeMs === null ? '' : `, in ${responseTimeMs} ms`}`)
  output.print(
    `  replicas    ${replicas}, ${outOfSync === 0 ? 'all in sync' : paint('red', `${outOfSync} out of sync`)}`
  )
  output.print(`  leads       ${leaders} of ${counted(preferredLeaders, 'preferred partition')}`)
  output.print(`  size        ${bytes(broker.sizeBytes)}`)
  if (broker.logDirs === null) return
  output.print('')
  const rows = broker.logDirs.map(({ path, replicas, sizeBytes, usableBytes, totalBytes, error }) => [
    path,
    String(replicas),
    bytes(sizeBytes),
    bytes(usableBytes),
    bytes(totalBytes),
    error === null ? '' : paint('red', error)
  ])
  output.print(table(['LOG DIRECTORY', 'REPLICAS', 'SIZE', 'FREE', 'VOLUME', ''], rows))
}
