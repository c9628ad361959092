import type { Assignment, NewTopic, TopicSpec } from '#shared/contracts/topic-specs.ts'
import type { CreateTopicBody, CreateTopicQuery } from '#shared/contracts/topics.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'

const specFields = ['name', 'topicName', 'partitions', 'replicationFactor'] as const

/** A topic to create: its spec and, if the caller specifies it, its assignment. */
export interface TopicToMake {
  spec: TopicSpec
  assignment?: Assignment
}

/**
 * The topic in a request: in its query or its body, never both. Either may call its name `name` or `topicName`.
 * @throws KopsError validation_failed, naming fields that are missing or given twice
 */
export function specOf(query: CreateTopicQuery, body: CreateTopicBody | null | undefined): TopicToMake {
  if (body) {
    const twice = specFields.filter((field) => query[field] !== undefined)
    if (twice.length > 0) {
      throw invalid(twice.map((field) => ({ field, message: 'is in the query, but the body describes the topic' })))
    }
    const { topicName: _topicName, ...rest } = body
    const name = nameOf(body)
    if (name === undefined) throw invalid([{ field: 'name', message: 'is required' }])
    return toMake({ ...rest, name })
  }
  const { partitions, replicationFactor } = query
  const name = nameOf(query)
  if (name === undefined || partitions === undefined || replicationFactor === undefined) {
    const wanted = { topicName: name, partitions, replicationFactor }
    const missing = Object.entries(wanted).filter(([, value]) => value === undefined)
    throw invalid(missing.map(([field]) => ({ field, message: 'is required, in the query or the JSON body' })))
  }
  return { spec: { name, partitions, replicationFactor } }
}

function nameOf({ name, topicName }: { name?: string; topicName?: string }): string | undefined {
  if (name !== undefined && topicName !== undefined && name !== topicName) {
    throw invalid([{ field: 'topicName', message: `is ${topicName}, but name is ${name}` }])
  }
  return name ?? topicName
}

/** The topic's name is `topicName` in a query and a path, and `name` in a body. */
export function bodyField(field: string): string {
  return field === 'topicName' ? 'name' : field
}

/**
 * A topic has partitions and replicationFactor, or an assignment that implies both.
 * @throws KopsError validation_failed with the fields
 */
export function toMake({ name, partitions, replicationFactor, assignment, configs }: NewTopic): TopicToMake {
  const own = configs === undefined ? {} : { configs }
  if (assignment !== undefined) {
    const factor = assignment[0]?.length ?? 0
    const errors = contradictions({ partitions, replicationFactor }, assignment, factor)
    if (errors.length > 0) throw invalid(errors)
    return { spec: { name, partitions: assignment.length, replicationFactor: factor, ...own }, assignment }
  }
  if (partitions === undefined || replicationFactor === undefined) {
    const missing = Object.entries({ partitions, replicationFactor }).filter(([, value]) => value === undefined)
    throw invalid(missing.map(([field]) => ({ field, message: 'is required without an assignment' })))
  }
  return { spec: { name, partitions, replicationFactor, ...own } }
}

function contradictions(
  { partitions, replicationFactor }: { partitions: number | undefined; replicationFactor: number | undefined },
  assignment: Assignment,
  factor: number
): FieldError[] {
  const errors: FieldError[] = []
  if (partitions !== undefined && partitions !== assignment.length) {
    errors.push({ field: 'partitions', message: `is ${partitions}, but ${assignment.length} are assigned` })
  }
  if (replicationFactor !== undefined && replicationFactor !== factor) {
    errors.push({
      field: 'replicationFactor',
      message: `is ${replicationFactor}, but ${factor} replicas are assigned`
    })
  }
  const uneven = assignment.findIndex((replicas) => replicas.length !== factor)
  if (uneven >= 0)
    errors.push({ field: `assignment.${uneven}`, message: `must have ${factor} replicas, like the others` })
  return errors
}

export function invalid(errors: FieldError[]): KopsError {
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return new KopsError('validation_failed', detail, { errors })
}
