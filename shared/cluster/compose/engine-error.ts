import { isKopsError, KopsError } from '../../errors/catalog.ts'

/** The HTTP status with which the engine refused, if it answered at all. */
export function engineStatus(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' ? status : undefined
}

/** Wraps what dockerode rejects with. */
export function toRuntimeError(doing: string, error: unknown): KopsError {
  if (isKopsError(error)) return error
  const { code, address, json, message } = error as {
    code?: string
    address?: string
    json?: { message?: string }
    message?: string
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'EACCES') {
    const why = code === 'EACCES' ? 'does not allow this user' : 'does not answer'
    return new KopsError('runtime_failed', `${doing}: the Docker engine at ${address ?? 'its socket'} ${why}`, {
      cause: error
    })
  }
  return new KopsError('runtime_failed', `${doing}: ${json?.message ?? message ?? 'the Docker engine refused'}`, {
    cause: error
  })
}
