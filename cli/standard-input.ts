import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text } from 'node:stream/consumers'
import { UsageError } from './output.ts'

/**
 * Reads a file, or standard input for `-`.
 * @throws UsageError if it cannot be read
 */
export async function readText(file: string): Promise<string> {
  if (file === '-') return text(stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`)
  }
}

/** @throws UsageError naming the source of the text, if it is not JSON */
export function readJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${from} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
