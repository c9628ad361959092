import type { GameDayStep, StartGameDay } from '#shared/contracts/gameday-request.ts'
import { duration } from '#shared/duration.ts'
import { stepInWords } from '#shared/gamedays/step-words.ts'
import type { Activity, Experiment } from './experiment.ts'

/** A drill takes minutes; kops ends it long before. */
const timeoutSeconds = 3600
const loadTestUrl = '${kops_loadtest_url}'
const healthUrl = '${kops_health_url}'

/**
 * A game day as an experiment of chaostoolkit. Each step but a wait is an action that starts it as a game day of its own and
 * waits for its end; a wait is the pause after the action before it. chaostoolkit judges an experiment by its hypothesis only,
 * so that asks for the verdicts. Pure.
 * @param authorized the services ask for a token: the experiment takes it from KOPS_TOKEN when it runs
 */
export function experimentOf(plan: StartGameDay, { authorized }: { authorized: boolean }): Experiment {
  const headers = authorized ? { Authorization: 'Bearer ${kops_token}' } : undefined
  const method = methodOf(plan, headers)
  const verdicts = method.filter(({ type }) => type === 'action').length
  return {
    title: plan.name,
    description: `${plan.description ?? 'A game day of kops'}. Run it with: chaos run --hypothesis-strategy after-method-only`,
    tags: ['kafka', 'kops'],
    configuration: {
      kops_loadtest_url: { type: 'env', key: 'KOPS_LOADTEST_URL', default: 'http://127.0.0.1:8083' },
      kops_health_url: { type: 'env', key: 'KOPS_HEALTH_URL', default: 'http://127.0.0.1:8082' },
      ...(authorized ? { kops_token: { type: 'env', key: 'KOPS_TOKEN' } } : {})
    },
    'steady-state-hypothesis': {
      title: 'The cluster is healthy, and every step passed',
      probes: [
        probe('the cluster is healthy', `${healthUrl}/api/health`, '$.status', ['HEALTHY'], headers),
        probe(
          'every step passed',
          `${loadTestUrl}/api/gamedays?limit=${verdicts}`,
          '$.gameDays[*].verdict.result',
          Array.from({ length: verdicts }, () => 'pass'),
          headers
        )
      ]
    },
    method,
    rollbacks: [
      {
        type: 'action',
        name: 'abort what is under way',
        provider: { type: 'process', path: 'kops', arguments: ['drill', 'abort'], timeout: 300 }
      }
    ]
  }
}

function methodOf(plan: StartGameDay, headers: Activity['provider']['headers']): Activity[] {
  const method: Activity[] = []
  let before = 0
  for (const step of plan.steps) {
    const previous = method.at(-1)
    if (step.wait === undefined) {
      const pauses = before > 0 ? { pauses: { before } } : {}
      method.push({ ...actionOf(step, plan, headers), ...pauses })
      before = 0
    } else if (previous) {
      previous.pauses = { ...previous.pauses, after: (previous.pauses?.after ?? 0) + duration(step.wait) / 1000 }
    } else before += duration(step.wait) / 1000
  }
  return method
}

function actionOf(step: GameDayStep, { name }: StartGameDay, headers: Activity['provider']['headers']): Activity {
  return {
    type: 'action',
    name: stepInWords(step),
    provider: {
      type: 'http',
      method: 'POST',
      url: `${loadTestUrl}/api/gamedays?wait=true`,
      headers: { 'Content-Type': 'application/json', ...headers },
      arguments: { name, steps: [step] },
      timeout: timeoutSeconds
    }
  }
}

function probe(
  name: string,
  url: string,
  path: string,
  expect: string[],
  headers: Activity['provider']['headers']
): Activity {
  return {
    type: 'probe',
    name,
    tolerance: { type: 'jsonpath', target: 'body', path, expect },
    provider: { type: 'http', url, timeout: 30, ...(headers ? { headers } : {}) }
  }
}
