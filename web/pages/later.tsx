import type { ConsolePage } from '#shared/console-pages.ts'
import { navigation } from '../app/pages.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { PageHeader } from '../ui/page-header.tsx'

/** What does the same on the command line. */
const commands: Partial<Record<ConsolePage, readonly string[]>> = {
  load: ['kops load list', 'kops load show RUN', 'kops load report RUN', 'kops load compare RUN RUN']
}

/** A part of kops that has no page yet: the commands for it. */
export function LaterPage({ name }: { name: ConsolePage }) {
  const label = navigation.flat().find((item) => item.name === name)?.label ?? name
  const lines = commands[name] ?? []
  return (
    <>
      <PageHeader title={label} />
      <p>There is no page for this yet. On the command line:</p>
      <ul class="commands">
        {lines.map((line) => (
          <li key={line}>
            <CommandLine text={line} />
          </li>
        ))}
      </ul>
      <p>
        Or over HTTP: <a href="/docs">the API</a>.
      </p>
    </>
  )
}
