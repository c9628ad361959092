import { stderr, stdin } from 'node:process'
import { createInterface } from 'node:readline/promises'
import { exit } from './exit-codes.ts'

/** Prompts the person at the terminal; replaced in tests. */
export interface Person {
  /** Whether a person can answer: neither a script nor a pipe. */
  readonly present: boolean
  /** The answer to a question, without spaces around it; undefined when the input ends, or on Ctrl-C (exit code 130). */
  ask(question: string): Promise<string | undefined>
}

/** The person at this process's terminal. Questions go to standard error, so that the output can be redirected. */
export const personAtTerminal: Person = {
  present: stdin.isTTY === true && stderr.isTTY === true,
  async ask(question) {
    const lines = createInterface({ input: stdin, output: stderr })
    try {
      return await new Promise<string | undefined>((resolve) => {
        lines.once('close', () => resolve(undefined))
        lines.once('SIGINT', () => {
          process.exitCode = exit.interrupted
          stderr.write('\n')
          lines.close()
        })
        lines.question(question).then(
          (answer) => resolve(answer.trim()),
          () => resolve(undefined)
        )
      })
    } finally {
      lines.close()
    }
  }
}
