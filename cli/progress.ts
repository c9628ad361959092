import type { OnProgress } from '#shared/cluster/stack/port.ts'
import { type Output, paint } from './output.ts'

/** Prints a line when a step starts, so that a wait is never silent, and one when it ends, with its duration. */
export function showProgress(output: Output, now: () => number = () => performance.now()): OnProgress {
  const started = new Map<string, number>()
  return ({ step, state, detail }) => {
    const suffix = detail ? `  ${paint('dim', detail)}` : ''
    switch (state) {
      case 'started':
        started.set(step, now())
        output.print(`${paint('dim', '...')} ${step}${suffix}`)
        return
      case 'done':
        output.print(`${paint('green', 'ok ')} ${step}  ${seconds(now() - (started.get(step) ?? now()))}${suffix}`)
        return
      case 'skipped':
        output.print(`${paint('yellow', '-  ')} ${step}${suffix}`)
        return
      case 'failed':
        output.print(`${paint('red', 'no ')} ${step}${suffix}`)
    }
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
