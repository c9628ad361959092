import type { DrillVerdict } from '#shared/contracts/drill-verdict.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { addresses } from '../app/pages.ts'
import { formatCount, formatSeconds } from '../format/numbers.ts'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Count, Figure } from '../ui/values.tsx'
import { bandText } from './drill-timeline.ts'

const severities: Record<'failure' | 'doubt' | 'allowed', Mark> = {
  failure: 'down',
  doubt: 'degraded',
  allowed: 'healthy'
}

/** What was looked for among the records, and what was found of it: failures first. */
export function Findings({ verdict: { findings = [] } }: { verdict: DrillVerdict }) {
  if (findings.length === 0) return null
  const order = Object.keys(severities)
  const inOrder = findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  return (
    <section class="wide" tabIndex={0} aria-label="What was found">
      <table class="plan stacked" aria-label="Findings">
        <thead>
          <tr>
            <th scope="col">Finding</th>
            <th scope="col" class="end">
              Records
            </th>
            <th scope="col">What it is</th>
          </tr>
        </thead>
        <tbody>
          {inOrder.map(({ class: name, severity, count, detail }) => (
            <tr key={name}>
              <th scope="row">
                <StatusMark mark={severities[severity]} word={severity} /> <code>{name}</code>
              </th>
              <td class="end" data-label="Records">
                {formatCount(count)}
              </td>
              <td class="below">{detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Whether the fault took effect, by what was seen from outside of it; and what consumers and a transaction saw. */
export function Evidence({ drill: { evidence = [], consumers = [], transaction } }: { drill: Drill }) {
  return (
    <>
      {evidence.length > 0 && (
        <>
          <h2>Whether the fault took effect</h2>
          <ul class="evidence">
            {evidence.map(({ stage, node, confirmed, detail, reach = [] }) => (
              <li key={stage}>
                <StatusMark
                  mark={confirmed ? 'healthy' : 'degraded'}
                  word={confirmed ? 'confirmed' : 'not confirmed'}
                />{' '}
                <strong>{stage === node ? stage : `${stage}: ${node}`}</strong> {detail}
                {reach.length > 0 && (
                  <details>
                    <summary>Connections that could not be opened: {reach.length}</summary>
                    <ul class="names">
                      {reach.map((link) => (
                        <li key={link}>{link}</li>
                      ))}
                    </ul>
                  </details>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {consumers.map((group) => (
        <section key={group.group} aria-label={`Consumers ${group.group}`}>
          <h2>
            Consumers <a href={addresses.group(group.group)}>{group.group}</a>
          </h2>
          <dl class="figures">
            <Figure name="Delivered">{formatCount(group.delivered)}</Figure>
            <Figure name="Delivered twice">{formatCount(group.duplicates)}</Figure>
            <Figure name="Skipped">{formatCount(group.skipped)}</Figure>
            <Figure name="Owned twice">{formatCount(group.doubleOwned)}</Figure>
            <Figure name="Longest gap">{milliseconds(group.gapMaxMs)}</Figure>
            <Figure name="All delivered again">{milliseconds(group.lastPartitionMs)}</Figure>
            <Figure name="Predicted">{group.predictedSeconds ? bandText(group.predictedSeconds) : '—'}</Figure>
            <Figure name="Rebalances">
              <Count value={group.rebalances} />
            </Figure>
          </dl>
        </section>
      ))}
      {transaction && (
        <>
          <h2>Transaction</h2>
          <p>
            <code>{transaction.transactionalId}</code>: {transaction.end}
            {transaction.endedBy && ` by its ${transaction.endedBy}`}, {formatCount(transaction.records)} records.
            Readers of committed records waited {milliseconds(transaction.waitMs)}
            {transaction.predictedSeconds && `, predicted ${bandText(transaction.predictedSeconds)}`}.
          </p>
        </>
      )}
    </>
  )
}

function milliseconds(value: number | null): string {
  return value === null ? '—' : formatSeconds(value / 1000)
}
