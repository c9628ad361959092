import type { Scorecard, ScorecardCell, ScorecardConfiguration } from '#shared/contracts/drill-scorecard.ts'
import { configurationInWords, configurationName, measuredOf } from '#shared/drill-scorecard.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted, formatSeconds } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { DrillTabs } from './drill-tabs.tsx'

const everyMs = 30_000
const marks = { pass: 'healthy', fail: 'down', inconclusive: 'degraded' } as const

/** What each kind of drill last found, in which configuration, and whether that still holds. */
export function ScorecardPage() {
  const reading = useReading('GET /api/drills/scorecard', undefined, everyMs)
  useShownCall('GET /api/drills/scorecard', undefined)
  return (
    <>
      <PageHeader title="Scorecard" asOf={reading.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
      </PageHeader>
      <DrillTabs at="/drills/scorecard" />
      <ReadingView reading={reading} what="the scorecard" lines={8}>
        {(scorecard) => (
          <>
            <Partial warnings={scorecard.warnings} />
            {scorecard.cells.length === 0 ? (
              <Empty what="drills with a verdict" filtered={false} />
            ) : (
              <Matrix scorecard={scorecard} />
            )}
          </>
        )}
      </ReadingView>
    </>
  )
}

/** The kinds of drills by the configurations that they ran in. */
function Matrix({ scorecard: { cells, configurations, repeated } }: { scorecard: Scorecard }) {
  const kinds = Array.from(new Set(cells.map(({ kind }) => kind)))
  return (
    <>
      <section class="wide" tabIndex={0} aria-label="Scorecard">
        <table class="plan scorecard" aria-label="Kinds of drills by configuration">
          <thead>
            <tr>
              <th scope="col">Kind</th>
              {configurations.map((each) => (
                <th scope="col" key={each.hash}>
                  {configurationName(each)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {kinds.map((kind) => (
              <tr key={kind}>
                <th scope="row">{kind}</th>
                {configurations.map(({ hash }) => (
                  <td key={hash}>
                    <Cell cell={cells.find((cell) => cell.kind === kind && cell.configuration === hash)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="muted">Verdict, passed of all, new leaders or committed reads, age.</p>
      <h2>Configurations</h2>
      {configurations.map((each) => (
        <Configuration key={each.hash} configuration={each} />
      ))}
      {repeated.length > 0 && (
        <>
          <h2>Repeated</h2>
          <ul class="plain-list">
            {repeated.map(({ id, kind, result, repeats, reproduced }) => (
              <li key={id}>
                <a href={addresses.drill(id)}>
                  {kind} {id}
                </a>
                , {result}: reproduced {reproduced} of {repeats}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

function Cell({ cell }: { cell: ScorecardCell | undefined }) {
  if (cell === undefined) return <span class="muted">—</span>
  const { last, passed, drills } = cell
  const { seconds, outside } = measuredOf(cell)
  return (
    <a class="score" href={addresses.drill(last.id)}>
      <StatusMark mark={marks[last.result]} word={last.result} />
      <span>
        {passed}/{drills}
      </span>
      {seconds !== null && <span>{formatSeconds(seconds)}</span>}
      {outside && <span class="text-degraded">▲ unpredicted</span>}
      <span class="muted">{formatSeconds(last.ageSeconds)} ago</span>
    </a>
  )
}

function Configuration({ configuration }: { configuration: ScorecardConfiguration }) {
  const { hash, differences } = configuration
  if (hash === null) return <p class="muted">UNRECORDED: drills of a version that did not record it.</p>
  return (
    <details class="named">
      <summary>
        <code>{hash.slice(0, 8)}</code>: {configurationInWords(configuration)}
        {differences.length > 0 && `; ${counted(differences.length, 'difference')}`}
      </summary>
      {differences.length === 0 ? (
        <p class="muted">It differs in nothing that is known.</p>
      ) : (
        <ul class="plain-list">
          {differences.map(({ part, was, now }) => (
            <li key={part}>
              <code>{part}</code>: {was ?? 'none'}, now {now ?? 'none'}
            </li>
          ))}
        </ul>
      )}
    </details>
  )
}
