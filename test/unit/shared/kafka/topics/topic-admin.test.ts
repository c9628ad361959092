import t from 'tap'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'

t.test(
  'when no broker accepts a connection nothing is sent, and the answer does not wait for the time-out',
  async (t) => {
    const admin = createTopicAdmin({ bootstrapServers: ['127.0.0.1:1'], clientId: 'test' })
    const started = performance.now()
    await t.rejects(admin.deleteTopic('a', { timeoutMs: 30_000 }), { code: 'cluster_unreachable' })
    t.ok(performance.now() - started < 5000)
    await admin.close()
    await t.rejects(admin.deleteTopic('a', { timeoutMs: 30_000 }), { code: 'cluster_unreachable' })
  }
)
