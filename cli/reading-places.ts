import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import Value from 'typebox/value'
import { parseJson } from '#shared/json.ts'
import { UsageError } from './output.ts'

const PlaceSchema = Type.Object({ cursor: Type.String(), filters: Type.Record(Type.String(), Type.Unknown()) })

/** The end of the last page of a topic's records, with its filters: `--more` continues there. */
export interface ReadingPlaces {
  /** Whether it could be saved: the state directory may belong to another user. */
  keep(topic: string, cursor: string, filters: Record<string, unknown>): Promise<boolean>
  /** @throws UsageError if nothing of this topic is left to read, or nothing was read */
  find(topic: string): Promise<{ cursor: string; filters: Record<string, unknown> }>
  /** Nothing is left to read. */
  forget(topic: string): Promise<void>
}

/** @param stateDir has one file per topic */
export function createReadingPlaces(stateDir: string): ReadingPlaces {
  const folder = join(stateDir, 'reading')
  const fileOf = (topic: string) => join(folder, `${encodeURIComponent(topic)}.json`)
  async function write(topic: string, content: string): Promise<boolean> {
    try {
      await mkdir(folder, { recursive: true })
      await writeFile(fileOf(topic), content)
      return true
    } catch {
      return false
    }
  }
  return {
    keep: (topic, cursor, filters) => write(topic, JSON.stringify({ cursor, filters })),
    async find(topic) {
      const place = parseJson(await readFile(fileOf(topic), 'utf8').catch(() => ''))
      if (!Value.Check(PlaceSchema, place)) {
        throw new UsageError(`there is no more of ${topic}; without --more, read starts again`)
      }
      return place
    },
    async forget(topic) {
      const text = await readFile(fileOf(topic), 'utf8').catch(() => '')
      if (text !== '') await write(topic, '')
    }
  }
}
