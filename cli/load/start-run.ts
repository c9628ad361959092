import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { CommandContext } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { UsageError } from '../output.ts'

/** Making the topic and the records, and joining groups, may take this long. */
const startTimeoutMs = 120_000

/**
 * Starts a run. Where the service knows that one of its consumer groups has commits of somebody else, a person has to type its
 * name.
 * @returns undefined if that is refused
 * @throws UsageError if there is no terminal
 */
export async function startRun(
  context: Pick<CommandContext, 'output' | 'person'>,
  client: Pick<Client, 'call'>,
  workload: Workload,
  yes = false
): Promise<LoadTestRun | undefined> {
  const { consumers = [], ...rest } = workload
  const agreed = new Set(yes ? consumers.map(({ group }) => group) : [])
  for (;;) {
    const groups = consumers.map((each) => {
      const { group } = each
      return group !== undefined && agreed.has(group) ? { ...each, confirm: group } : each
    })
    const body = { ...rest, ...(groups.length > 0 ? { consumers: groups } : {}) }
    try {
      return await client.call(endpoints.startLoadTest, { body, timeoutMs: startTimeoutMs })
    } catch (error) {
      const group = unconfirmed(error, consumers)
      if (group === undefined || agreed.has(group)) throw error
      if (!(await mayMove(context, group))) return undefined
      agreed.add(group)
    }
  }
}

/** The group whose name a refusal asks for. */
function unconfirmed(error: unknown, consumers: NonNullable<Workload['consumers']>): string | undefined {
  if (!isKopsError(error, 'validation_failed')) return undefined
  const [, index] = /^consumers\.(\d+)\.confirm$/.exec(error.errors?.[0]?.field ?? '') ?? []
  return index === undefined ? undefined : consumers[Number(index)]?.group
}

async function mayMove({ output, person }: Pick<CommandContext, 'output' | 'person'>, group: string): Promise<boolean> {
  const why = `this would move the commits of ${group}, which are not those of a load test`
  if (!person.present) throw new UsageError(`${why}, and there is no terminal for confirmation: --yes confirms`)
  output.error(`T${why.slice(1)}.`)
  if ((await person.ask(`Type ${group} to continue: `)) === group) return true
  output.error('Nothing was started.')
  process.exitCode ??= exit.refused
  return false
}
