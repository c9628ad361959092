import type { CreateTopicBody } from '#shared/contracts/topics.ts'

/** A topic as somebody types it. */
export interface TypedTopic {
  name: string
  partitions: string
  replicationFactor: string
  /** `name=value`, one a line */
  configs: string
}

export const blankTopic: TypedTopic = { name: '', partitions: '6', replicationFactor: '3', configs: '' }

/** The request for a topic, or the field that is wrong and why. What the name and the numbers may be is for the service to say. */
export function newTopic(typed: TypedTopic): { body: CreateTopicBody } | { field: keyof TypedTopic; message: string } {
  const name = typed.name.trim()
  if (name === '') return { field: 'name', message: 'is missing' }
  const partitions = wholeNumber(typed.partitions)
  if (partitions === undefined) return { field: 'partitions', message: 'is not a number' }
  const replicationFactor = wholeNumber(typed.replicationFactor)
  if (replicationFactor === undefined) return { field: 'replicationFactor', message: 'is not a number' }
  const configs = nameValues(typed.configs)
  if ('message' in configs) return { field: 'configs', message: configs.message }
  return {
    body: {
      name,
      partitions,
      replicationFactor,
      ...(Object.keys(configs.values).length > 0 && { configs: configs.values })
    }
  }
}

/** What lines of `name=value` say, or which line is none. */
export function nameValues(text: string): { values: Record<string, string> } | { message: string } {
  const values: Record<string, string> = {}
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const at = line.indexOf('=')
    if (at <= 0) return { message: `has "${line}", which is not name=value` }
    values[line.slice(0, at).trim()] = line.slice(at + 1).trim()
  }
  return { values }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : undefined
}
