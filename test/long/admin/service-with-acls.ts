import { join } from 'node:path'
import type { Test } from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { createOwnCluster, until } from '../../integration/cluster/own-cluster.ts'

/**
 * admin-service on a cluster of its own, whose brokers have an authorizer. There are as many brokers as the group offsets have replicas,
 * because each must learn of a change; one ZooKeeper node suffices.
 */
export async function serviceWithAcls(t: Test) {
  const { stateDir, definition, agent } = await createOwnCluster(t, (three) => ({
    ...three,
    ports: { ...three.ports, zookeeper: three.ports.zookeeper.slice(0, 1) },
    authorizer: true
  }))
  await agent.up()
  const brokers = definition.ports.kafka.map((port) => `127.0.0.1:${port}`)
  const app = await buildApp(
    loadConfig({
      KOPS_LOG_LEVEL: 'silent',
      KOPS_BOOTSTRAP_SERVERS: brokers.join(','),
      KOPS_DATA_DIR: join(stateDir, 'admin')
    })
  )
  t.teardown(() => app.close())
  await until('the controller is there', 60_000, async () => {
    const metadata = await app.kafka.reader.metadata({ deadlineMs: 1000 })
    return metadata.value.controllerId !== null && metadata.value.brokers.length === brokers.length
  })
  return { app, agent, brokers }
}
