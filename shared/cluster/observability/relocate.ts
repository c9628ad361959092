import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const installedAt = '/usr/share/prometheus/alertmanager'
/** The same number of bytes, and relative: the compiled-in path keeps its length. */
const relative = 'usr/share/prometheus/alertmanager/'

/**
 * Lets Debian's alertmanager and amtool run from an unpacked package. Upstream embeds its default templates in the
 * program; Debian's reads them from a compiled-in path, and exits with "failed to parse templates" if the package is
 * not installed. Replaces that path by one relative to the working directory. Leaves a program without it alone.
 * @param root the directory with the unpacked package, in which both programs must be started
 */
export async function relocateAlertmanager(root: string): Promise<void> {
  for (const name of ['prometheus-alertmanager', 'amtool']) {
    const path = join(root, 'usr/bin', name)
    const program = await readFile(path)
    if (replaceAll(program, installedAt, relative) > 0) await writeFile(path, program)
  }
}

/** Replaces every occurrence in place. @returns how many there were */
export function replaceAll(bytes: Buffer, from: string, to: string): number {
  if (Buffer.byteLength(from) !== Buffer.byteLength(to)) throw new RangeError('Both must have the same number of bytes')
  let count = 0
  for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + to.length)) {
    bytes.write(to, at)
    count += 1
  }
  return count
}
