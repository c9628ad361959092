import type { Command } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { tellNextPage } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { reads, watches, wholeNumber } from '../options.ts'
import type { Output } from '../output.ts'
import { showOrWatch, type WatchOptions } from '../watch.ts'

interface PageQuery {
  limit?: number
  cursor?: string
}

interface JobList<L> {
  /** With its group: `kops drill list`. */
  name: string
  read: (client: Client, query: PageQuery, signal: AbortSignal) => Promise<L>
  print: (page: Output, list: L) => void
}

/** Makes a command one that lists jobs, newest first: page by page, once or with every change. */
export function listsJobs<L extends { nextCursor?: string }>(
  command: Command,
  context: CommandContext,
  { name, read, print }: JobList<L>
): void {
  watches(
    reads(
      command
        .option('--limit <count>', 'how many at most', wholeNumber, 20)
        .option('--cursor <cursor>', 'continue where a list ended')
    )
  ).action(async ({ json, watch, ...query }: PageQuery & WatchOptions) => {
    const client = await clientFor(context)
    await showOrWatch(
      context.output,
      { json, watch },
      {
        name,
        async read(signal) {
          const answer = await read(client, given(query), signal)
          return {
            answer,
            print(page) {
              print(page, answer)
              tellNextPage(page, answer)
            }
          }
        }
      }
    )
  })
}
