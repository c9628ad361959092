import { fieldError } from '../errors/catalog.ts'

/**
 * The place where a page of a list ended, for the caller to hand back. Opaque: base64url of the last name. Names and not
 * positions, so that one made or deleted between two pages neither repeats nor skips another.
 */
export function encodeCursor(lastName: string): string {
  return Buffer.from(lastName, 'utf8').toString('base64url')
}

const topicName = /^[a-zA-Z0-9._-]{1,249}$/

/**
 * @param names what the names of the list look like
 * @throws KopsError validation_failed on `cursor` for what encodeCursor did not make
 */
export function decodeCursor(cursor: string, names: RegExp = topicName): string {
  const name = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!names.test(name) || encodeCursor(name) !== cursor) {
    throw fieldError('validation_failed', 'cursor', 'is not a nextCursor of this list')
  }
  return name
}
