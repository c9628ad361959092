export const surfaces = ['cluster', 'health', 'stream', 'metrics', 'rule', 'alerts'] as const
export type Surface = (typeof surfaces)[number]
/** Since when each surface has been as wanted, ms; null: it is not. */
export type Times = Record<Surface, number | null>

export interface Sample {
  fault: string
  sign: string
  phase: 'begin' | 'end'
  /** Seconds; null: not within the limit. */
  seconds: Times
}

export function noTimes(): Times {
  return { cluster: null, health: null, stream: null, metrics: null, rule: null, alerts: null }
}

/** @param found of a fault's end: they count from when the cluster itself is well again */
export function toSample(fault: string, phase: Sample['phase'], sign: string, found: Times): Sample {
  const fromMs = phase === 'end' ? (found.cluster ?? 0) : 0
  const seconds = noTimes()
  for (const surface of surfaces) {
    const ms = found[surface]
    seconds[surface] = ms === null ? null : Math.round((ms - (surface === 'cluster' ? 0 : fromMs)) / 100) / 10
  }
  return { fault, sign, phase, seconds }
}

export function parseSamples(lines: string): Sample[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Sample)
}

/** Medians and ranges as a Markdown table. */
export function tableOf(samples: readonly Sample[]): string {
  const rows = Map.groupBy(samples, ({ fault, sign, phase }) => `${fault} | ${sign} | ${phase}`)
  const lines = Array.from(rows, ([row, found]) => {
    const cells = surfaces.map((surface) => cellOf(found.map(({ seconds }) => seconds[surface])))
    return `| ${row} | ${found.length} | ${cells.join(' | ')} |`
  })
  return [
    `| fault | sign | | rounds | ${surfaces.join(' | ')} |`,
    `|---|---|---|---|${surfaces.map(() => '---').join('|')}|`,
    ...lines
  ].join('\n')
}

/** Median and range, seconds. */
function cellOf(values: readonly (number | null)[]): string {
  const found = values.filter((value) => value !== null).sort((a, b) => a - b)
  const [least] = found
  if (least === undefined) return ''
  const middle = [found[Math.floor((found.length - 1) / 2)] ?? least, found[Math.floor(found.length / 2)] ?? least]
  const median = Math.round(5 * ((middle[0] ?? 0) + (middle[1] ?? 0))) / 10
  const most = found.at(-1) ?? least
  const missing = values.length - found.length
  return `${median} (${least}-${most})${missing > 0 ? `, ${missing} not` : ''}`
}
