import { fieldError } from '../errors/catalog.ts'

/**
 * The position after a page of a list, for the caller to send back. Opaque: base64url of the last name. Uses names
 * rather than indexes, so that creating or deleting an item between two pages neither repeats nor skips another.
 */
export function encodeCursor(lastName: string): string {
  return Buffer.from(lastName, 'utf8').toString('base64url')
}

const topicName = /^[a-zA-Z0-9._-]{1,249}$/

/**
 * @param names the pattern of the list's names
 * @throws KopsError validation_failed on `cursor` if encodeCursor did not create it
 */
export function decodeCursor(cursor: string, names: RegExp = topicName): string {
  const name = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!names.test(name) || encodeCursor(name) !== cursor) {
    throw fieldError('validation_failed', 'cursor', 'is not a nextCursor of this list')
  }
  return name
}
