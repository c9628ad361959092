import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { examples } from '../options.ts'
import { runApplication } from '../run-application.ts'

/** `kops load worker`: makes load for load-test-service, on this host or any other. */
export function addLoadWorkerCommand(load: Command, context: CommandContext): void {
  examples(
    load
      .command('worker')
      .description('make load for runs with workers, until it is interrupted; KOPS_LOAD_WORKER_SECRET is required')
      .addHelpText('after', help),
    'load worker',
    'load run steady --workers 3 --duration 60s'
  ).action(() => runApplication('services/load-test/worker/main.ts', [], context))
}

const help = `
Settings are environment variables: KOPS_BOOTSTRAP_SERVERS and KOPS_KAFKA_…
(where a cluster is set up here, those of it), KOPS_LOAD_WORKER_SECRET or
KOPS_LOAD_WORKER_SECRET_FILE, KOPS_LOAD_WORKERS_TOPIC, and KOPS_LOAD_MAX_… for
what this worker does at most: docs/load-workers.md.
Ctrl-C or SIGTERM leaves the group; what is under way passes to other workers.`
