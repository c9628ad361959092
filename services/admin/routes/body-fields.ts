import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { bodyField } from '../domain/topics/topic-to-make.ts'

/**
 * An error handler that names fields as the caller wrote them: the topic's name is `topicName` in a query, `name` in a body.
 * @param body the request's body; without one the error passes as it is
 */
export function inBodyFields(body: object | null | undefined): (error: unknown) => never {
  return (error) => {
    if (!body || 'topicName' in body || !isKopsError(error) || error.errors === undefined) throw error
    const errors = error.errors.map(({ field, message }) => ({ field: bodyField(field), message }))
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
    throw new KopsError(error.code, detail, { cause: error.cause, kafkaError: error.kafkaError, errors })
  }
}
