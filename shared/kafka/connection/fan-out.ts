import type { Warning } from '../../contracts/common.ts'
import { KopsError } from '../../errors/catalog.ts'
import { wrapKafkaError } from './errors.ts'

/** The answers of several brokers, and the brokers that did not answer. */
export interface Answers<Key, T> {
  answers: [Key, T][]
  failures: [Key, KopsError][]
}

/**
 * Sends one request to each of many brokers at once, and waits for all. Never rejects.
 * @param what the request, as the start of a sentence: `Listing groups`
 */
export async function askEach<Key, T>(
  keys: Iterable<Key>,
  what: string,
  ask: (key: Key) => Promise<T>
): Promise<Answers<Key, T>> {
  const answers: [Key, T][] = []
  const failures: [Key, KopsError][] = []
  await Promise.all(
    Array.from(keys, async (key) => {
      try {
        answers.push([key, await ask(key)])
      } catch (error) {
        failures.push([key, wrapKafkaError(error, what)])
      }
    })
  )
  return { answers, failures }
}

/**
 * Asks one after the other until one answers. The next is asked when one fails, and also when it has been quiet for
 * `hedgeMs`: a silent broker must not use up the whole deadline.
 * @param keys at least one
 * @throws KopsError of the last that failed
 */
export async function askAny<Key, T>(keys: readonly Key[], ask: (key: Key) => Promise<T>, hedgeMs = 250): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let waiting = 0
  let next = 0
  let timer: NodeJS.Timeout | undefined
  const askNext = (): void => {
    clearTimeout(timer)
    const key = keys[next]
    if (next >= keys.length || key === undefined) return
    next += 1
    waiting += 1
    timer = setTimeout(askNext, hedgeMs)
    ask(key).then(resolve, (error) => {
      waiting -= 1
      if (next < keys.length) askNext()
      else if (waiting === 0) reject(error)
    })
  }
  askNext()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    next = keys.length
  }
}

/** Failures as the warnings of a partial reading. */
export function toWarnings<Key>(failures: readonly [Key, KopsError][], targetOf: (key: Key) => string): Warning[] {
  return failures.map(([key, error]) => ({ code: error.code, message: error.message, target: targetOf(key) }))
}

/** @throws KopsError cluster_unreachable if all brokers were asked and none answered; a refusal is an answer */
export function assertSomeAnswer(answers: readonly unknown[], failures: readonly [unknown, KopsError][]): void {
  if (answers.length > 0 || failures.length === 0) return
  if (failures.some(([, { code }]) => code === 'kafka_not_authorized')) return
  const messages = failures.map(([, { message }]) => message).join('; ')
  throw new KopsError('cluster_unreachable', `No broker answers: ${messages}`, { cause: failures[0]?.[1] })
}
