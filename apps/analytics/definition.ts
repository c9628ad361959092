import { type AnalyticsDefinition, AnalyticsDefinitionSchema } from '#shared/contracts/analytics.ts'
import { duration } from '#shared/duration.ts'
import type { FieldError } from '#shared/errors/catalog.ts'
import type { WindowKind } from '#shared/streams/windows/window-kinds.ts'
import { checked, documentError, parseWithLines, readText } from '#shared/yaml/read-yaml.ts'
import type { Windows } from './domain/windows.ts'

/** A definition with its defaults, and durations in milliseconds. */
export interface Analytics {
  name: string
  topics: { events: string; metrics: string; alerts: string; late: string; deadLetters: string; changelog: string }
  startAt: 'earliest' | 'latest'
  disorderMs: number
  futureMs: number
  idleMs: number | undefined
  commitEveryMs: number
  commitRecords: number
  isTransactional: boolean
  windows: Windows[]
}

/** More would make a step of one event as slow as thousands of others. */
const mostOverlapping = 1000

/**
 * Reads a definition from a YAML file.
 * @param topics go before those of the file
 * @throws KopsError validation_failed, naming the file, line and field: `analytics.yaml:12: windows.0.window.size is required`
 */
export async function loadAnalytics(path: string, topics: AnalyticsDefinition['topics'] = {}): Promise<Analytics> {
  return parseAnalytics(await readText({ path, what: 'the definition' }), path, topics)
}

/** @param path names the file in errors */
export function parseAnalytics(text: string, path: string, topics: AnalyticsDefinition['topics'] = {}): Analytics {
  const { value, lineOf } = parseWithLines(text, { path })
  const document = { path, what: 'the definition', lineOf }
  const written = checked(AnalyticsDefinitionSchema, value, document)
  const definition = checked(
    AnalyticsDefinitionSchema,
    { ...written, topics: { ...written.topics, ...topics } },
    document
  )
  const errors = mistakesIn(definition)
  if (errors.length > 0) throw documentError(errors, document)
  return withDefaults(definition)
}

function withDefaults({ name, topics = {}, events = {}, commit = {}, ...rest }: AnalyticsDefinition): Analytics {
  const input = topics.events ?? 'analytics-events'
  return {
    name,
    topics: {
      events: input,
      metrics: topics.metrics ?? 'streaming-metrics',
      alerts: topics.alerts ?? 'streaming-alerts',
      late: topics.late ?? `${input}.late`,
      deadLetters: topics.deadLetters ?? `${input}.dlq`,
      changelog: topics.changelog ?? `${name}-changelog`
    },
    startAt: events.startAt ?? 'earliest',
    disorderMs: duration(events.disorder ?? '5s'),
    futureMs: duration(events.future ?? '10m'),
    idleMs: events.idle === undefined ? undefined : duration(events.idle),
    commitEveryMs: duration(commit.every ?? '100ms'),
    commitRecords: commit.records ?? 20_000,
    isTransactional: rest.guarantee !== 'at-least-once',
    windows: rest.windows.map(({ window, lateness, ...windows }) => ({
      name: windows.name,
      window: kindOf(window),
      latenessMs: duration(lateness ?? '0s'),
      where: Object.entries(windows.where ?? {}),
      groupBy: windows.groupBy ?? [],
      aggregates: windows.aggregates,
      alerts: (windows.alerts ?? []).map(({ at = 'close', severity = 'warning', above, below, ...alert }) => ({
        ...{ ...alert, at, severity },
        ...(above === undefined
          ? { condition: 'below' as const, threshold: below ?? 0 }
          : { condition: 'above' as const, threshold: above })
      }))
    }))
  }
}

function kindOf(window: AnalyticsDefinition['windows'][number]['window']): WindowKind {
  if (window.kind === 'session') return { kind: 'session', gapMs: duration(window.gap) }
  const sizeMs = duration(window.size)
  return window.kind === 'tumbling'
    ? { kind: 'tumbling', sizeMs }
    : { kind: 'hopping', sizeMs, everyMs: duration(window.every) }
}

/** What the schema does not say. */
function mistakesIn(definition: AnalyticsDefinition): FieldError[] {
  const errors: FieldError[] = []
  const wrong = (field: string, message: string) => void errors.push({ field, message })
  const { topics } = withDefaults({ ...definition, windows: [] })
  const byTopic = Map.groupBy(Object.entries(topics), ([, topic]) => topic)
  for (const [topic, [, second]] of byTopic) {
    if (second) wrong(`topics.${second[0]}`, `must be another topic than the others: ${topic} has two purposes`)
  }
  onlyOnce(definition.windows, 'windows', wrong)
  for (const [nth, { window, aggregates, alerts = [] }] of definition.windows.entries()) {
    const at = `windows.${nth}`
    checkWindow(window, `${at}.window`, wrong)
    onlyOnce(aggregates, `${at}.aggregates`, wrong)
    onlyOnce(alerts, `${at}.alerts`, wrong)
    for (const [index, each] of aggregates.entries()) {
      const needsField = each.function !== 'count'
      if (needsField && each.field === undefined) {
        wrong(`${at}.aggregates.${index}.field`, `is required: ${each.function} needs the path of a number`)
      } else if (!needsField && each.field !== undefined) {
        wrong(`${at}.aggregates.${index}.field`, 'must be left out: count counts events')
      }
    }
    for (const [index, { aggregate, above, below }] of alerts.entries()) {
      if (!aggregates.some((each) => each.name === aggregate)) {
        const names = aggregates.map((each) => each.name).join(', ')
        wrong(`${at}.alerts.${index}.aggregate`, `must be one of ${names}`)
      }
      if ((above === undefined) === (below === undefined)) {
        wrong(`${at}.alerts.${index}`, 'must have either above or below')
      }
    }
  }
  return errors
}

function checkWindow(
  window: AnalyticsDefinition['windows'][number]['window'],
  at: string,
  wrong: (field: string, message: string) => void
): void {
  const kind = kindOf(window)
  if (kind.kind === 'session') {
    if (kind.gapMs === 0) wrong(`${at}.gap`, 'must be longer than nothing')
    return
  }
  if (kind.sizeMs === 0) wrong(`${at}.size`, 'must be longer than nothing')
  if (kind.kind === 'tumbling') return
  if (kind.everyMs === 0) wrong(`${at}.every`, 'must be longer than nothing')
  else if (kind.everyMs > kind.sizeMs)
    wrong(`${at}.every`, 'must not be longer than size: events between windows would count nowhere')
  else if (kind.sizeMs / kind.everyMs > mostOverlapping) {
    wrong(`${at}.every`, `is too short: an event would be in more than ${mostOverlapping} windows`)
  }
}

function onlyOnce(
  items: readonly { name: string }[],
  at: string,
  wrong: (field: string, message: string) => void
): void {
  const seen = new Set<string>()
  for (const [nth, { name }] of items.entries()) {
    if (seen.has(name)) wrong(`${at}.${nth}.name`, `is there already: ${name}`)
    seen.add(name)
  }
}
