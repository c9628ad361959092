const headerBytes = 8

/**
 * The lines of a container's log as the engine sends it for a container without a terminal: frames of stdout and stderr, each
 * with a header of one byte for the stream, three of zero and a big-endian length (Docker Engine API, "Attach to a container").
 * A line may span frames; the streams are joined in the order in which they were written. A frame cut short ends the log.
 */
export function logLines(stream: Buffer): string[] {
  const parts: Buffer[] = []
  let at = 0
  while (at + headerBytes <= stream.length) {
    const length = stream.readUInt32BE(at + 4)
    parts.push(stream.subarray(at + headerBytes, at + headerBytes + length))
    at += headerBytes + length
  }
  const text = Buffer.concat(parts).toString('utf8')
  if (text === '') return []
  return text.replace(/\r?\n$/, '').split(/\r?\n/)
}
