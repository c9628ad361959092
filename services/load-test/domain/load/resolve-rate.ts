import type { Rate } from '#shared/contracts/load-rate.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { stepsOf } from './rate-shape.ts'

type Search = Extract<Rate, { kind: 'search' }>

/** A search with every choice made. */
export type ResolvedSearch = Required<Omit<Search, 'objective'>> & {
  objective: Required<NonNullable<Search['objective']>>
}

export type ResolvedRate = Exclude<Rate, Search> | ResolvedSearch

/** As many levels as `stages` may have. */
const mostSteps = 1000

/**
 * Fills in the defaults of a rate.
 * @param maxPerSecond highest rate that the service allows
 * @throws KopsError validation_failed, naming the field, for what the schema cannot say and what is beyond the limit
 */
export function resolveRate(rate: Rate, maxPerSecond: number): ResolvedRate {
  const resolved = withDefaults(rate, maxPerSecond)
  checkShape(resolved, maxPerSecond)
  return resolved
}

function withDefaults(rate: Rate, maxPerSecond: number): ResolvedRate {
  if (rate.kind === 'closed') return rate
  const arrivals = rate.arrivals ?? 'even'
  if (rate.kind !== 'search') return { ...rate, arrivals }
  const highest = rate.maxPerSecond ?? maxPerSecond
  return {
    kind: 'search',
    startPerSecond: rate.startPerSecond ?? Math.min(1000, highest),
    maxPerSecond: highest,
    trialSeconds: rate.trialSeconds ?? 5,
    precision: rate.precision ?? 0.05,
    objective: { maxP99Ms: rate.objective?.maxP99Ms ?? 100 },
    soakSeconds: rate.soakSeconds ?? 60,
    arrivals
  }
}

function refuse(field: string, message: string): never {
  throw fieldError('validation_failed', `rate.${field}`, message)
}

function checkShape(rate: ResolvedRate, maxPerSecond: number): void {
  for (const [field, perSecond] of ratesOf(rate)) {
    if (perSecond > maxPerSecond) refuse(field, `must be at most ${maxPerSecond} records per second`)
  }
  if (rate.kind === 'search' && rate.startPerSecond > rate.maxPerSecond) {
    refuse('startPerSecond', `must be at most maxPerSecond, ${rate.maxPerSecond}`)
  }
  if (rate.kind !== 'steps') return
  if (rate.to < rate.from) refuse('to', `must be at least from, ${rate.from}, because steps go up`)
  const steps = stepsOf(rate)
  if (steps > mostSteps) refuse('by', `makes ${steps} steps, and at most ${mostSteps} are possible`)
}

/** Every rate that a shape names, with its field. */
function ratesOf(rate: ResolvedRate): [field: string, perSecond: number][] {
  switch (rate.kind) {
    case 'closed':
      return []
    case 'constant':
      return [['perSecond', rate.perSecond]]
    case 'ramp':
    case 'steps':
      return [
        ['from', rate.from],
        ['to', rate.to]
      ]
    case 'spike':
      return [
        ['base', rate.base],
        ['peak', rate.peak]
      ]
    case 'search':
      return [['maxPerSecond', rate.maxPerSecond]]
    case 'stages':
      return rate.stages.map(({ perSecond }, index) => [`stages.${index}.perSecond`, perSecond])
  }
}
