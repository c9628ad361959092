import t from 'tap'
import { activeWindows, describeMatchers, windowMatchers } from '#shared/alertmanager/maintenance.ts'
import { matcherText, readMatcher } from '#shared/alertmanager/matchers.ts'
import type { LabelMatcher, Silence } from '#shared/alertmanager/port.ts'

t.test('a matcher is read from its text', async (t) => {
  const cases: [text: string, matcher: LabelMatcher | undefined][] = [
    ['alertname=KafkaBrokerDown', { label: 'alertname', operator: '=', value: 'KafkaBrokerDown' }],
    ['alertname=~Kafka.*', { label: 'alertname', operator: '=~', value: 'Kafka.*' }],
    ['group!="a b"', { label: 'group', operator: '!=', value: 'a b' }],
    [' topic !~ "x=\\"1\\"" ', { label: 'topic', operator: '!~', value: 'x="1"' }],
    ['expr=a=b', { label: 'expr', operator: '=', value: 'a=b' }],
    ['alertname', undefined],
    ['alertname=', undefined],
    ['alertname=""', undefined],
    ['alertname="x', undefined],
    ['1label=x', undefined],
    ['a b=x', undefined]
  ]
  for (const [text, matcher] of cases) {
    t.same(readMatcher(text), matcher, text)
    if (matcher) t.same(readMatcher(matcherText(matcher)), matcher, `${text}, written and read again`)
  }
})

const all: LabelMatcher = { label: 'alertname', operator: '=~', value: '.+' }
const node: LabelMatcher = { label: 'node', operator: '=', value: 'kafka-2' }
const cluster: LabelMatcher = { label: 'cluster', operator: '=', value: 'c1' }
const labels = [['cluster', 'c1']] as const

t.test('a window holds back the selected alerts of this cluster, or all without a selection', async (t) => {
  const lag: LabelMatcher = { label: 'alertname', operator: '=', value: 'KafkaConsumerLagHigh' }
  const cases: [
    choice: Parameters<typeof windowMatchers>[0],
    own: typeof labels | [],
    matchers: LabelMatcher[],
    what: string
  ][] = [
    [{}, [], [all], 'every alert'],
    [{}, labels, [cluster, all], 'every alert'],
    [{ node: 'kafka-2' }, labels, [cluster, node], 'node="kafka-2"'],
    [{ node: 'kafka-2', matchers: [lag] }, [], [node, lag], 'node="kafka-2" and alertname="KafkaConsumerLagHigh"']
  ]
  for (const [choice, own, matchers, what] of cases) {
    t.same(windowMatchers(choice, own), matchers, what)
    t.equal(describeMatchers(matchers, own), what)
  }
})

t.test('windows are the silences that hold back alerts of this cluster now, the first to end first', async (t) => {
  const silence = (id: string, overrides: Partial<Silence> = {}): Silence => ({
    id,
    state: 'active',
    matchers: [all],
    startsAt: '2026-01-31T00:00:00Z',
    endsAt: '2026-01-31T01:00:00Z',
    createdBy: 'alice',
    comment: 'why',
    ...overrides
  })
  const silences = [
    silence('everywhere'),
    silence('pending', { state: 'pending' }),
    silence('here', { matchers: [cluster, node], endsAt: '2026-01-31T00:30:00Z' }),
    silence('elsewhere', { matchers: [{ ...cluster, value: 'c2' }] }),
    silence('not-elsewhere', { matchers: [{ label: 'cluster', operator: '!=', value: 'c2' }, all] })
  ]
  t.same(
    activeWindows(silences, labels).map(({ id, what }) => `${id}: ${what}`),
    ['here: node="kafka-2"', 'everywhere: every alert', 'not-elsewhere: cluster!="c2"']
  )
})
