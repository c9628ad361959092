import type { Problem } from '#shared/contracts/common.ts'

/** A call that failed: with the service's own problem, or with one of the console's for a service that did not answer. */
export class CallFailed extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options)
    this.name = 'CallFailed'
    this.problem = problem
  }
}

/** Codes of the console itself, beside those of the catalog of errors. */
export const noContact = 'no_contact'
export const noAnswerInTime = 'no_answer_in_time'

/** The problem behind anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CallFailed) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  return ownProblem('console_failed', 'Something went wrong inside the console', detail, false)
}

export function ownProblem(code: string, title: string, detail: string, retriable = true): Problem {
  return { type: `urn:kops:error:${code}`, title, status: 0, detail, instance: '', code, retriable, requestId: '' }
}

/** Whether an answer is a problem document (RFC 9457) of a service. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'title' in value && 'detail' in value
}

/** A problem as text, for a report or a chat. */
export function problemText({ title, detail, code, requestId, errors = [], kafkaError }: Problem): string {
  return [
    `${title}: ${detail}`,
    ...errors.map(({ field, message }) => `  ${field}: ${message}`),
    `code ${code}${kafkaError ? ` (${kafkaError})` : ''}${requestId ? `, request ${requestId}` : ''}`
  ].join('\n')
}
