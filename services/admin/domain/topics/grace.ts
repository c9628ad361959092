import { fieldError } from '#shared/errors/catalog.ts'

const unitsMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const longestMs = 30 * 86_400_000

/** `15m` in milliseconds. @throws KopsError validation_failed on `grace` */
export function graceMs(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (unitsMs[unit ?? ''] ?? Number.NaN)
  if (!(ms > 0 && ms <= longestMs)) throw fieldError('validation_failed', 'grace', 'must be between 1s and 30d')
  return ms
}
