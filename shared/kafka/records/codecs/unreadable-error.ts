/** Bytes of a log that cannot be decoded. The message completes "cannot be read: …". */
export class UnreadableError extends Error {
  override name = 'UnreadableError'
}
