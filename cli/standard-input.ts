import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text } from 'node:stream/consumers'
import { UsageError } from './output.ts'

/**
 * The text of a file, or of standard input where the file is `-`.
 * @throws UsageError when it cannot be read
 */
export async function readText(file: string): Promise<string> {
  if (file === '-') return text(stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`)
  }
}

/** @throws UsageError naming where the text came from, when it is not JSON */
export function readJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${from} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
