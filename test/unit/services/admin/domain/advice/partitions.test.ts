import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '#cli/config.ts'
import { advisePartitions } from '#services/admin/domain/advice/partitions.ts'
import { loadCatalog } from '#shared/catalog/load-catalog.ts'

t.test('the largest need decides, and says why', async (t) => {
  const cases = [
    { consumers: 1, throughputMbPerSec: 0, partitions: 6, evenlyShared: 6, why: /minimum/ },
    { consumers: 12, throughputMbPerSec: 50, partitions: 12, evenlyShared: 12, why: /consumers/ },
    { consumers: 4, throughputMbPerSec: 1, partitions: 6, evenlyShared: 8, why: /minimum/ },
    { consumers: 4, throughputMbPerSec: 101, partitions: 11, evenlyShared: 12, why: /throughput/ },
    { consumers: 3, throughputMbPerSec: 240.5, partitions: 25, evenlyShared: 27, why: /throughput/ }
  ]
  for (const { consumers, throughputMbPerSec, partitions, evenlyShared, why } of cases) {
    const advice = advisePartitions({ consumers, throughputMbPerSec })
    t.match(advice, { partitions, evenlyShared, reasons: [why] }, `${consumers} ${throughputMbPerSec}`)
    t.equal(advice.reasons.length, evenlyShared === partitions ? 1 : 2)
  }
})

t.test('settings for production are those of the catalog that is written for it, each with a reason', async (t) => {
  const { topics } = await loadCatalog(join(projectRoot, 'catalog/streaming-analytics.yaml'))
  const { configs, replicationFactor } = advisePartitions({ consumers: 1, throughputMbPerSec: 1 })
  t.match(topics[0], {
    replicationFactor,
    configs: Object.fromEntries(configs.map(({ name, value }) => [name, value]))
  })
  for (const { name, reason } of configs) t.ok(reason.length > 20, name)
})
