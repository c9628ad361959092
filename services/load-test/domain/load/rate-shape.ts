import type { Rate } from '#shared/contracts/load-rate.ts'

/** A stretch of time in which the rate changes evenly; it begins where those before it end. */
interface Piece {
  /** Seconds after the start. */
  at: number
  /** Length in seconds; the last piece never ends. */
  seconds: number
  /** Records due before it. */
  recordsBefore: number
  /** Records that are due within it. */
  records: number
  /** Records per second at its beginning, and by how much that grows each second. */
  perSecond: number
  growth: number
}

/**
 * The rate as pieces, each of which follows the one before, so that every question about a rate has one answer in closed
 * form. Empty for the closed rate, which has no times, and for a search, whose trials have theirs.
 */
export function piecesOf(rate: Rate): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let recordsBefore = 0
  for (const [seconds, from, to] of stretchesOf(rate)) {
    const growth = seconds === Number.POSITIVE_INFINITY ? 0 : (to - from) / seconds
    const records = seconds * ((from + to) / 2)
    pieces.push({ at, seconds, recordsBefore, records, perSecond: from, growth })
    at += seconds
    recordsBefore += records
  }
  return pieces
}

/** Seconds, and records per second at the beginning and at the end. */
type Stretch = [seconds: number, from: number, to: number]

function stretchesOf(rate: Rate): Stretch[] {
  const level = (perSecond: number, seconds = Number.POSITIVE_INFINITY): Stretch => [seconds, perSecond, perSecond]
  switch (rate.kind) {
    case 'closed':
    case 'search':
      return []
    case 'constant':
      return [level(rate.perSecond)]
    case 'ramp':
      return [[rate.overSeconds, rate.from, rate.to], level(rate.to)]
    case 'steps': {
      const levels = Array.from({ length: stepsOf(rate) }, (_, step) => Math.min(rate.from + step * rate.by, rate.to))
      return [...levels.map((perSecond) => level(perSecond, rate.everySeconds)), level(rate.to)]
    }
    case 'spike':
      return [level(rate.base, rate.afterSeconds), level(rate.peak, rate.forSeconds), level(rate.base)]
    case 'stages': {
      const stages = rate.stages.map(({ seconds, perSecond }) => level(perSecond, seconds))
      return [...stages, level(rate.stages.at(-1)?.perSecond ?? 0)]
    }
  }
}

/** Number of levels from `from` to `to`, both included; the last step may be smaller than the others. */
export function stepsOf({ from, to, by }: Extract<Rate, { kind: 'steps' }>): number {
  // The tolerance: 0.1 to 0.4 by 0.1 are three steps, although 0.4 - 0.1 is more than 3 x 0.1 in floating point.
  return Math.max(0, Math.ceil((to - from) / by - 1e-9)) + 1
}

/** Seconds after the start at which so many records are due, within the piece to which they belong. */
export function secondsAt({ at, recordsBefore, perSecond, growth }: Piece, records: number): number {
  const within = records - recordsBefore
  if (growth === 0) return at + within / perSecond
  // Inverts within = perSecond t + growth t²/2 in the form that loses no digits when growth is small.
  const atThatTime = Math.sqrt(Math.max(0, perSecond * perSecond + 2 * growth * within))
  return at + (2 * within) / (perSecond + atThatTime)
}

/** @returns records per second that a rate demands at a time after the start; null for the closed rate */
export function targetPerSecond(rate: Rate, atMs: number): number | null {
  const piece = pieceAt(piecesOf(rate), atMs / 1000)
  return piece ? piece.perSecond + piece.growth * (atMs / 1000 - piece.at) : null
}

/** @returns records that an open rate demands within so many seconds of the start; null for the closed rate */
export function recordsWithin(rate: Rate, seconds: number): number | null {
  const piece = pieceAt(piecesOf(rate), seconds)
  if (!piece) return null
  const within = seconds - piece.at
  return piece.recordsBefore + within * (piece.perSecond + (piece.growth * within) / 2)
}

/** @returns seconds until an open rate has demanded so many records; null for the closed rate */
export function secondsUntil(rate: Rate, records: number): number | null {
  const piece = piecesOf(rate).findLast(({ recordsBefore }) => recordsBefore <= records)
  return piece ? secondsAt(piece, records) : null
}

/** @returns the highest records per second that a rate ever demands; null for the closed rate */
export function mostPerSecond(rate: Rate): number | null {
  const stretches = stretchesOf(rate)
  return stretches.length === 0 ? null : Math.max(...stretches.flatMap(([_, from, to]) => [from, to]))
}

/**
 * @returns length in seconds of the shape that a rate describes: the ramp, all steps or stages, or until the end of the
 * spike; null for the constant and the closed rate, which describe none
 */
export function shapeSeconds(rate: Rate): number | null {
  const last = piecesOf(rate).at(-1)
  return last === undefined || last.at === 0 ? null : last.at
}

function pieceAt(pieces: Piece[], seconds: number): Piece | undefined {
  return pieces.findLast(({ at }) => at <= seconds)
}
