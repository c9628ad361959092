import { readFile } from 'node:fs/promises'

/** A heap of a definition, `384m` or `2g`, in bytes. */
export function heapBytes(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith('g') ? 2 ** 30 : 2 ** 20)
}

/** The heap that arguments or variables give Java, as a definition has it; undefined if they give none. */
export function heapOf(words: string): string | undefined {
  return /(?:^|[\s\0=])-Xmx(\d+[mg])(?=[\s\0]|$)/.exec(words)?.[1]
}

/** The heap that a Java process of this machine was started with; undefined if that cannot be seen. */
export async function heapOfProcess(pid: number): Promise<string | undefined> {
  return heapOf(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
}
