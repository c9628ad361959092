import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { KopsError } from '../../errors/catalog.ts'
import { poll } from '../../poll.ts'
import { type ClusterDefinition, modeOf } from '../definition.ts'
import { loggingOption } from '../distribution-folder.ts'
import { lastLines } from '../last-lines.ts'
import { answersApiVersions, zooKeeperMode } from '../node-probes.ts'
import type { ProcessLedger } from '../process-ledger.ts'
import { securityJavaOptions, securityProperties } from '../security/broker-properties.ts'
import { ensureBrokerSecrets } from '../security/credentials.ts'
import { createProbeContext } from '../security/probe-context.ts'
import { writeExporterRules } from './exporter-rules.ts'
import { formatStorage } from './format-storage.ts'
import { networkNames } from './network-plan.ts'
import { nodeFiles, writeNodeFiles } from './node-files.ts'
import { clientPort, javaArguments, type NodeNetwork, type NodePlan } from './node-plan.ts'
import { findNodeUser, giveData, letRead } from './node-user.ts'
import { findDistribution } from './preflight.ts'

/** A node's process, from its configuration to its first answer. */
export interface NodeLauncher {
  /** Writes the node's configuration and starts its process. */
  launch(node: NodePlan, nodes: NodePlan[], network: NodeNetwork): Promise<void>
  /**
   * Waits until a node answers.
   * @param options.relaunch starts it again after an end that another start mends
   * @throws KopsError runtime_failed with the last lines of its log when the process ends or does not answer in time
   */
  waitUntilReady(
    node: NodePlan,
    options: { timeoutMs: number; signal?: AbortSignal | undefined; relaunch: () => Promise<void> }
  ): Promise<void>
  isReady(node: NodePlan, timeoutMs: number): Promise<boolean>
}

const probeMs = 1000
/** With the time that a broker takes to get as far as registering, this outlasts most of a session that was left over. */
const registrationMs = 2500

/** @param kafkaDir the project's kafka/ */
export function createNodeLauncher(
  stateDir: string,
  definition: ClusterDefinition,
  ledger: ProcessLedger,
  kafkaDir: string
): NodeLauncher {
  const templates = join(kafkaDir, 'templates')
  const probeContext = createProbeContext(stateDir, definition)

  const launcher: NodeLauncher = {
    async launch(node, nodes, network) {
      const distribution = await findDistribution(kafkaDir, modeOf(definition))
      const secrets = node.role === 'broker' ? await ensureBrokerSecrets(stateDir, definition, node) : undefined
      const security = securityProperties(definition, secrets)
      const configFile = await writeNodeFiles(stateDir, templates, node, nodes, security)
      const { kraftClusterId: clusterId } = definition
      if (clusterId !== undefined) {
        await formatStorage(node, nodes, { stateDir, kafkaDir, clusterId, security, distribution })
      }
      const files = nodeFiles(stateDir, node.name)
      const jmxRules = await writeExporterRules(stateDir, templates, node)
      const needed = [distribution.java, distribution.jmxAgent, jmxRules, files.folder]
      const user = await findNodeUser(definition.id, needed)
      await letRead(dirname(configFile), [configFile], user)
      if (secrets) await letRead(dirname(secrets.keystore), [secrets.keystore], user)
      await giveData(files.data, user)
      await ledger.start({
        name: node.name,
        command: distribution.java,
        args: javaArguments(node, {
          heap: definition.heap[node.role],
          libs: distribution.libs,
          logging: loggingOption(kafkaDir, modeOf(definition), 'log4j'),
          security: securityJavaOptions(definition),
          jmxAgent: distribution.jmxAgent,
          jmxRules,
          configFile
        }),
        cwd: files.folder,
        logFile: files.log,
        ...(user && { user }),
        ...(network.mode === 'network-namespace'
          ? { networkNamespace: networkNames(definition.id).nodeNamespace(node.name) }
          : {})
      })
    },

    async waitUntilReady(node, { timeoutMs, signal, relaunch }) {
      const isReady = async () => {
        if (await launcher.isReady(node, probeMs)) return true
        if (await ledger.isAlive(node.name)) return false
        if (!(await wasStillRegistered(node))) throw await failure(node, 'ended while it was starting')
        await delay(registrationMs)
        await relaunch()
        return false
      }
      const { done } = await poll(isReady, (ready) => ready, { timeoutMs, pauseMs: 50, signal })
      if (!done) throw await failure(node, `did not answer within ${timeoutMs / 1000} s`)
    },

    async isReady(node, timeoutMs) {
      const { hostPort } = clientPort(node)
      const target = { host: '127.0.0.1', port: hostPort, timeoutMs }
      if (node.role === 'zookeeper') return (await zooKeeperMode(target)) !== undefined
      return answersApiVersions({ ...target, tls: await probeContext() })
    }
  }

  /**
   * ZooKeeper keeps the registration of a killed broker until its session times out, and refuses a new one meanwhile:
   * the broker gives up (KAFKA-4277).
   */
  async function wasStillRegistered(node: NodePlan): Promise<boolean> {
    const lines = node.role === 'broker' ? await lastLines(nodeFiles(stateDir, node.name).log, 500) : []
    const begun = lines.findLastIndex((line) => line.includes('starting (kafka.server.KafkaServer)'))
    return lines.slice(begun + 1).some((line) => line.includes('KeeperErrorCode = NodeExists'))
  }

  async function failure(node: NodePlan, what: string): Promise<KopsError> {
    const { log } = nodeFiles(stateDir, node.name)
    const lines = await lastLines(log, 15)
    const text = lines.length === 0 ? '' : `; the last lines of ${log}:\n${lines.join('\n')}`
    return new KopsError('runtime_failed', `${node.name} ${what}${text}`)
  }

  return launcher
}
