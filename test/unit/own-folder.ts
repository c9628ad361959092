import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A folder that stays until what is registered later has ended: tap removes its own before any teardown. */
export function ownFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'kops-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}
