import { run, tryRun } from '../command.ts'
import { kafkaToolArguments } from '../kafka-tools.ts'
import { securityFiles } from '../security/files.ts'
import { type AccessPlace, shortLived, toolMs } from '../security/grant-access.ts'
import { stateInContainers } from './container-files.ts'

/** Where kafka/Dockerfile has the folder kafka/. */
const rootInContainers = '/opt'
/** The brokers' own listener in their containers: see kafka/entrypoint.sh. */
const internalPort = 9091
/** In the broker's volume: it ends with the users and the ACLs that it stands for. */
const grantedFile = '/var/lib/kafka/data/.granted'

/** Access with the credentials of a broker, by processes in its container: nothing else has them. */
export function createBrokerAccess(broker: string): AccessPlace {
  const place = {
    projectRoot: rootInContainers,
    bootstrapServers: [`${broker}:${internalPort}`],
    commandConfig: securityFiles(stateInContainers).brokers.admin
  }
  // One after the other: they share the container's memory with the broker.
  let last: Promise<unknown> = Promise.resolve()

  return {
    runTool({ tool, args, secret }) {
      const withFile = secret === undefined ? args : [...args, secret.option, '/dev/stdin']
      const command = ['java', ...shortLived, ...kafkaToolArguments(tool, withFile, place)]
      const input = secret === undefined ? {} : { input: secret.text }
      const ended = last.then(() =>
        run('docker', ['exec', '-i', broker, ...command], { timeoutMs: toolMs, ...input }).then(() => {})
      )
      last = ended.catch(() => {})
      return ended
    },
    granted: async () => (await tryRun('docker', ['exec', broker, 'cat', grantedFile])) ?? '',
    async remember(text) {
      await run('docker', ['exec', '-i', broker, 'dd', `of=${grantedFile}`, 'status=none'], { input: text })
    }
  }
}
