import { join } from 'node:path'
import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { kafkaEnvironment } from '../kafka-environment.ts'
import { examples } from '../options.ts'

/** `kops load worker`: makes load for load-test-service, on this host or any other. */
export function addLoadWorkerCommand(load: Command, { projectRoot, stateDir }: CommandContext): void {
  examples(
    load
      .command('worker')
      .description('make load for runs with workers, until it is interrupted; KOPS_LOAD_WORKER_SECRET is required')
      .addHelpText('after', help),
    'load worker',
    'load run steady --workers 3 --duration 60s'
  ).action(async () => {
    const env = await kafkaEnvironment(stateDir())
    // The worker takes the place of this process, so that signals reach it, and nothing stays when it is killed.
    const script = join(projectRoot, 'services/load-test/worker/main.ts')
    const quiet = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning']
    if (!process.execve) throw new Error('kops load worker needs Node.js 22.15 or later')
    process.execve(process.execPath, [process.execPath, ...quiet, script], env)
  })
}

const help = `
Settings are environment variables: KOPS_BOOTSTRAP_SERVERS and KOPS_KAFKA_…
(where a cluster is set up here, those of it), KOPS_LOAD_WORKER_SECRET or
KOPS_LOAD_WORKER_SECRET_FILE, KOPS_LOAD_WORKERS_TOPIC, and KOPS_LOAD_MAX_… for
what this worker does at most: docs/load-workers.md.
Ctrl-C or SIGTERM leaves the group; what is under way passes to other workers.`
