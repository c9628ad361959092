import { writeFile } from 'node:fs/promises'
import { type Output, UsageError } from '../output.ts'

/** Writes a report to a file. @throws UsageError if that cannot be written */
export async function writeReport(output: Output, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be written: ${error.code ?? 'unknown error'}`)
  })
  output.print(`The report is in ${file}.`)
}
