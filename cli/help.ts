import { stderr, stdout } from 'node:process'
import { type Command, Help } from 'commander'

/** Fits a terminal of any width, and pipes: longer lines are hard to read. */
const widest = 80
/** A longer term gets its own line, so that descriptions have room. */
const termWidest = 32

/** Help that no line of leaves 80 columns. To be called before subcommands are added: they take it over. */
export function wrapHelp(program: Command): void {
  program.configureOutput({
    getOutHelpWidth: () => Math.min(widest, stdout.columns || widest),
    getErrHelpWidth: () => Math.min(widest, stderr.columns || widest)
  })
  program.configureHelp({
    padWidth: (command, helper) => Math.min(termWidest, Help.prototype.padWidth.call(helper, command, helper)),
    formatItem(term, termWidth, description, helper) {
      const format = (term: string) => Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
      if (helper.displayWidth(term) <= termWidth || description === '') return format(term)
      return `  ${term}\n${format('')}`
    }
  })
}
