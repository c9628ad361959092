import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFiles } from '#shared/cluster/local/node-files.ts'
import { stateDir } from '../../../integration/support/under-test.ts'

/** Positions in a record batch (KIP-98). */
const lengthAt = 8
const headerBytes = 12
const recordsAt = 57

/**
 * Cuts the batch at a base offset out of a stopped broker's log, as if it had never been written, and removes the indexes: the
 * broker builds them again.
 */
export async function cutBatch(node: string, place: string, baseOffset: number): Promise<void> {
  const folder = join(nodeFiles(stateDir, node).data, place)
  const file = join(folder, `${'0'.repeat(20)}.log`)
  const log = await readFile(file)
  for (const batch of batchesOf(log)) {
    if (batch.baseOffset !== baseOffset) continue
    await writeFile(file, Buffer.concat([log.subarray(0, batch.from), log.subarray(batch.to)]))
    for (const name of await readdir(folder)) if (name.endsWith('index')) await rm(join(folder, name))
    return
  }
  throw new Error(`${file} has no batch at ${baseOffset}`)
}

/** The base offset of a batch of one record in the middle of a log. */
export async function loneRecord(node: string, place: string): Promise<number> {
  const log = await readFile(join(nodeFiles(stateDir, node).data, place, `${'0'.repeat(20)}.log`))
  const batches = Array.from(batchesOf(log))
  const found = batches.slice(1, -1).find(({ records }) => records === 1)
  if (!found) throw new Error(`${place} has no batch of one record among ${batches.length}`)
  return found.baseOffset
}

function* batchesOf(log: Buffer): Generator<{ baseOffset: number; from: number; to: number; records: number }> {
  for (let from = 0; from + recordsAt + 4 <= log.length; ) {
    const to = from + headerBytes + log.readInt32BE(from + lengthAt)
    yield { baseOffset: Number(log.readBigInt64BE(from)), from, to, records: log.readInt32BE(from + recordsAt) }
    from = to
  }
}
