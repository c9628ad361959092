import type { OnProgress } from '#shared/cluster/stack/port.ts'
import { type Output, paint } from './output.ts'

/** Prints one line when a step ends, with how long it took, and one when it begins, so that a wait is never silent. */
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
