import type { DoctorArea, DoctorFinding, DoctorReport, DoctorSeverity } from '#shared/contracts/doctor.ts'
import type { Sources } from './sources.ts'

/** What was read, or why it could not be. */
export type Reading<T> = { value: T } | { unknown: string }

/** What was read for a diagnosis, by source. A source that no check needs is not read. */
export type Readings = { [Name in keyof Sources]?: Reading<Sources[Name]> }

/** What a check makes of its readings. */
export interface Judgement {
  severity: DoctorSeverity
  found: string
  /** What to do about it. */
  advice?: string
}

/** A row of the table of checks. To add one, add a row and its test. */
export interface Check {
  /** `area.name`. */
  id: string
  area: DoctorArea
  needs: readonly (keyof Sources)[]
  judge: (readings: Readings) => Judgement[]
}

type Values<Name extends keyof Sources> = { [Each in Name]: Sources[Each] }

/**
 * A row. Where one of its sources could not be read the check is unknown, with that reason, and `judge` is not called.
 * @param judge a pure function of what was read; several judgements become several findings, none stands for nothing to say
 */
export function check<Name extends keyof Sources>(
  id: `${DoctorArea}.${string}`,
  needs: readonly Name[],
  judge: (values: Values<Name>) => Judgement | Judgement[]
): Check {
  return {
    id,
    area: id.slice(0, id.indexOf('.')) as DoctorArea,
    needs,
    judge(readings) {
      const values: Partial<Values<Name>> = {}
      for (const name of needs) {
        const reading: Reading<Sources[Name]> = readings[name] ?? { unknown: 'it was not read' }
        if ('unknown' in reading) return [{ severity: 'unknown', found: reading.unknown }]
        values[name] = reading.value
      }
      return [judge(values as Values<Name>)].flat()
    }
  }
}

export const ok = (found: string): Judgement => ({ severity: 'ok', found })
export const info = (found: string, advice?: string): Judgement => ({
  severity: 'info',
  found,
  ...(advice && { advice })
})
export const warning = (found: string, advice: string): Judgement => ({ severity: 'warning', found, advice })
export const error = (found: string, advice: string): Judgement => ({ severity: 'error', found, advice })
export const unknown = (found: string, advice: string): Judgement => ({ severity: 'unknown', found, advice })

/** The problems, or that there are none. */
export function problemsOr(problems: readonly Judgement[], fine: string): Judgement[] {
  return problems.length === 0 ? [ok(fine)] : [...problems]
}

/** The findings of some checks, in the order of the table. */
export function findingsOf(checks: readonly Check[], readings: Readings): DoctorFinding[] {
  return checks.flatMap(({ id, area, judge }) =>
    judge(readings).map(({ severity, found, advice = null }) => ({ id, area, severity, found, advice }))
  )
}

export function countsOf(findings: readonly DoctorFinding[]): DoctorReport['counts'] {
  const counts = { ok: 0, info: 0, warning: 0, error: 0, unknown: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}
