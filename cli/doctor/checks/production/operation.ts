import { heapBytes } from '#shared/cluster/heap.ts'
import { secondsSince, span } from '#shared/reports/figures.ts'
import { bytes, counted } from '../../../output.ts'
import { check, error, info, ok, unknown, warning } from '../../check.ts'
import { wasRead } from '../cluster.ts'

const rehearsedDays = 30
const GiB = 2 ** 30
/** Of a broker, for 50,000 events a second. */
const planned = { heap: 4 * GiB, pageCache: 2 * GiB }

/** Whether somebody hears of trouble, and is ready for it. */
export const operationChecks = [
  check('production.alerting', ['receivers', 'alerts'], ({ receivers, alerts: { asOf } }) => {
    if (receivers.length === 0) {
      return error(
        'alerts reach nobody: no receiver is configured',
        'Write one into .kops/alerting.env and set up again: docs/alerting.md'
      )
    }
    if (asOf === null)
      return error('health-service has never heard from Alertmanager', 'KOPS_ALERTMANAGER_URL; docs/alerting.md')
    const seconds = secondsSince(asOf)
    return seconds > 60
      ? error(`Alertmanager was last read ${span(seconds)} ago`, 'kops cluster status; kops cluster logs')
      : ok(`alerts go to ${receivers.join(', ')}; Alertmanager answers`)
  }),

  check('production.lag', ['health', 'history'], ({ health, history }) => {
    if (!wasRead(health, 'groups')) return error('the lag of consumer groups could not be read', 'kops health')
    return history === 'answered'
      ? ok(`the lag of ${counted(health.groups.length, 'consumer group')} is read, and Prometheus keeps it`)
      : error(
          `lag is read and not kept: ${history.message} (${history.code})`,
          'KOPS_PROMETHEUS_URL; ./setup.sh starts Prometheus'
        )
  }),

  check('production.backup', [], () =>
    unknown(
      'whether there are backups cannot be seen from here',
      'Mirror what may not be lost to a second cluster (MirrorMaker 2), keep catalogs in version control, export the audit trail (kops audit export), and write down how to restore'
    )
  ),

  check('production.rehearsal', ['scorecard'], ({ scorecard: { cells } }) => {
    const recent = cells.filter(({ last }) => last.ageSeconds < rehearsedDays * 86_400)
    const failed = recent.filter(({ last }) => last.result === 'fail')
    const passed = recent.filter(({ last, stale }) => last.result === 'pass' && stale !== true)
    if (failed.length > 0) {
      return error(
        `the last drill failed: ${failed.map(({ kind }) => kind).join(', ')}`,
        `kops drill report ${failed[0]?.last.id}`
      )
    }
    return passed.length > 0
      ? ok(`drills passed within ${rehearsedDays} days: ${passed.map(({ kind }) => kind).join(', ')}`)
      : warning(
          `no drill has passed in this configuration within ${rehearsedDays} days`,
          'kops drill run broker-kill; docs/game-days.md has schedules'
        )
  }),

  check('production.memory', ['machine', 'definition'], ({ machine: { memory }, definition: { heap, ports } }) => {
    const brokers = ports.kafka.length
    const broker = heapBytes(heap.broker)
    const needs = brokers * (planned.heap + planned.pageCache)
    if (broker >= planned.heap && needs <= memory.totalBytes)
      return ok(`heaps of ${heap.broker}, and room for the page cache`)
    return info(
      `brokers have heaps of ${heap.broker}; this machine has ${bytes(memory.totalBytes)} memory`,
      `For 50,000 events/s plan ${bytes(planned.heap)} heap (KOPS_BROKER_HEAP=4g) and ${bytes(planned.pageCache)} page cache for each of ${brokers} brokers`
    )
  }),

  check('production.limits', ['definition'], ({ definition: { runtime } }) =>
    runtime === 'compose'
      ? ok('containers have limits of memory and processors (KAFKA_MEMORY_LIMIT, KAFKA_CPUS)')
      : warning(
          'nodes have a limit of heap, and none of processors',
          'Run them in containers (--runtime compose) or on machines of their own'
        )
  )
]
