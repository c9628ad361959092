import { type AlgorithmName, algorithmNames } from '#shared/contracts/load-balancer.ts'
import type { Algorithm } from './algorithm.ts'
import { createPeakEwma } from './peak-ewma.ts'
import {
  createLeastConnection,
  createPowerOfTwoChoices,
  createRandom,
  createRoundRobin,
  createWeighted
} from './without-latency.ts'

const creators: Record<AlgorithmName, () => Algorithm> = {
  round_robin: createRoundRobin,
  least_connection: createLeastConnection,
  weighted: createWeighted,
  random: createRandom,
  power_of_two_choices: createPowerOfTwoChoices,
  peak_ewma: createPeakEwma
}

export function createAlgorithm(name: AlgorithmName): Algorithm {
  return creators[name]()
}

/** The algorithm of a name, which may have hyphens for its underscores: `least-connection`. undefined: there is none. */
export function readAlgorithmName(text: string): AlgorithmName | undefined {
  const wanted = text.toLowerCase().replaceAll('-', '_')
  return algorithmNames.find((name) => name === wanted)
}
