import { write, writeSync } from 'node:fs'

/** Where a log goes. */
export interface LogStream {
  write(line: string): void
  /** Writes the waiting lines, as far as that is possible at once. */
  flush(): void
}

/** Characters that may wait for a slow disk or reader; further lines are dropped. */
const longestBacklog = 1_048_576
const retryMs = 100
const newline = 0x0a

/**
 * Writes a log to a file descriptor, and drops lines that cannot be written. The logger's own stream throws an uncaught
 * error when the disk is full, and waits for room while the process exits: a full disk would end every process that
 * logs, and keep it from ending.
 */
export function createLogStream(fd: number): LogStream {
  let waiting = ''
  let isWriting = false
  /** The last line was cut short, so the next one begins with a line break. */
  let isCut = false

  function next(): void {
    isWriting = waiting !== ''
    if (!isWriting) return
    const bytes = Buffer.from(isCut ? `\n${waiting}` : waiting)
    waiting = ''
    writeAll(bytes)
  }

  function writeAll(bytes: Buffer): void {
    write(fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') return setTimeout(writeAll, retryMs, bytes)
      if (error) return next()
      isCut = written > 0 ? bytes[written - 1] !== newline : isCut
      return written < bytes.length ? writeAll(bytes.subarray(written)) : next()
    })
  }

  return {
    write(line) {
      if (waiting.length + line.length > longestBacklog) return
      waiting += line
      if (!isWriting) next()
    },
    flush() {
      const bytes = Buffer.from(waiting)
      waiting = ''
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
      } catch {
        // What cannot be written is the log itself.
      }
    }
  }
}

/** The log of this process, on standard output. */
export const standardLog = createLogStream(1)
process.once('exit', () => standardLog.flush())
