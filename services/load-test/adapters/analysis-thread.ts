/** A thread that answers one question about runs, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { createRandom } from '#shared/seeded-random.ts'
import { compareRuns } from '../domain/load/compare-runs.ts'
import { changePoints } from '../domain/statistics/change-points.ts'
import type { Question } from './analysis.ts'

const question = workerData as Question
parentPort?.postMessage(
  question.about === 'changes'
    ? // One seed: the same history has the same changes.
      changePoints(question.series, createRandom(1))
    : compareRuns(question.a, question.b, { varying: question.varying })
)
