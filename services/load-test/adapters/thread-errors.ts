import { type ErrorCode, type FieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'

/** An error in a form that crosses threads. */
export interface ErrorMessage {
  message: string
  code?: ErrorCode | undefined
  errors?: FieldError[] | undefined
}

export function messageOf(error: unknown): ErrorMessage {
  const { code, errors } = isKopsError(error) ? error : { code: undefined, errors: undefined }
  return { message: error instanceof Error ? error.message : String(error), code, errors }
}

export function errorOf({ message, code, errors }: ErrorMessage): Error {
  return code === undefined ? new Error(message) : new KopsError(code, message, errors ? { errors } : {})
}
