import { setTimeout as sleep } from 'node:timers/promises'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { grouped, rounded, span } from '#shared/reports/figures.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { counted, type Output, paint } from '../output.ts'
import { plain } from '../paint.ts'
import { table } from '../table.ts'
import { type ConsumerPlan, planConsumers } from './consumer-plan.ts'

export interface ConsumerOptions extends ReadOptions {
  members?: number
  perMember?: number
  /** Milliseconds. */
  measure: number
}

/** Measures a consumer group, and says what other numbers of members would do. Starts and stops nothing. */
export async function scaleConsumers(context: CommandContext, group: string, options: ConsumerOptions): Promise<void> {
  const { output } = context
  const client = await clientFor(context)
  const read = () => client.call(endpoints.describeGroup, { params: { group } })
  const before = await read()
  const beganAt = performance.now()
  output.error(paint('dim', `measuring for ${span(options.measure / 1000)}`))
  await sleep(options.measure)
  const after = await read()
  const plan = planConsumers({
    before,
    after,
    seconds: (performance.now() - beganAt) / 1000,
    perMemberPerSec: options.perMember,
    wanted: options.members
  })
  show(output, options, { ...plan, warnings: after.warnings }, () => printPlan(output, plan, options.members))
}

function printPlan(output: Output, plan: ConsumerPlan, wanted: number | undefined): void {
  const { group, state, members, mostMembers, lag, producedPerSec, consumedPerSec, perMember } = plan
  output.print(
    `${paint('bold', plain(group))}  ${state}, ${counted(members, 'member')}, ${counted(mostMembers, 'partition')}`
  )
  output.print(`  lag        ${lag === null ? '?' : grouped(lag)}`)
  output.print(`  written    ${rounded(producedPerSec)}/s, read ${rounded(consumedPerSec)}/s`)
  if (perMember) output.print(`  a member   ${rounded(perMember.perSec)}/s, ${perMember.source}`)
  if (plan.options.length > 0) {
    const rows = plan.options.map(({ members: count, drainSeconds, keepsUp }) => [
      `${count}${count === members ? ' (now)' : ''}`,
      keepsUp ? paint('green', 'yes') : paint('red', 'no'),
      drainSeconds === null ? 'never' : span(drainSeconds)
    ])
    output.print(`\n${table(['MEMBERS', 'KEEPS UP', 'LAG IS READ IN'], rows)}`)
  }
  for (const line of plan.advice) output.print(`\n${line}.`)
  const target = wanted ?? plan.neededToKeepUp
  if (target === null || target === members) return
  output.print(`\nkops starts no consumers of yours. To have ${target}:`)
  output.print(`  docker-compose up -d --scale SERVICE=${target} SERVICE`)
  output.print(`  kubectl scale deployment/NAME --replicas=${target}`)
}
