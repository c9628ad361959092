// Brings its own cluster: services on plain data, and answers that no test cluster gives at once
import t from 'tap'
import type { AclList, AclPlan } from '#shared/contracts/acls.ts'
import type { ConnectorDescription } from '#shared/contracts/connectors.ts'
import type { ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { DeadLetterQueueList, Letter, LetterPage } from '#shared/contracts/dead-letters.ts'
import type { ReassignmentList } from '#shared/contracts/reassignment-progress.ts'
import type { ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { assertUsable, asViewer, consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { fakeKops } from '../../browser/fake-kops.ts'

t.setTimeout(180_000)

const browser = await consoleBrowser(t)
const { url } = await fakeKops(t, { topics: ['orders', 'orders.dlq', 'log-events'] })
const asOf = new Date().toISOString()
const long = 'org.example.a.package.with.a.very.long.name.AnExceptionThatIsThrown'

const acl = (principal: string, more = {}) => ({
  ...{ resourceType: 'TOPIC' as const, resourceName: 'orders', patternType: 'LITERAL' as const, principal, host: '*' },
  ...{ operation: 'READ' as const, permission: 'ALLOW' as const },
  ...more
})
const acls: AclList = {
  acls: [acl('User:alice'), acl('User:CN=indexer,OU=search,O=example'), acl('User:bob', { permission: 'DENY' })],
  ...{ asOf, warnings: [] }
}
const aclPlan: AclPlan = {
  ...{ action: 'delete', dryRun: true, warnings: [] },
  changes: acls.acls.map((each) => ({ acl: each, action: 'delete', applied: false }))
}
const queues: DeadLetterQueueList = {
  queues: [
    {
      ...{ topic: 'orders.dlq', originTopic: 'orders', partitions: 1, letters: 90, undecided: 87, unconfirmed: 3 },
      ...{ lastHour: 4, oldestUndecidedAt: asOf }
    },
    {
      ...{ topic: 'x.dlq', originTopic: null, partitions: 1, letters: null, undecided: null, unconfirmed: null },
      ...{ lastHour: null, oldestUndecidedAt: null }
    }
  ],
  ...{ patterns: '*.dlq', asOf, warnings: [] }
}
const letter = (offset: number, status: Letter['status']): Letter => ({
  ...{ partition: 0, offset, timestamp: asOf, key: 'k', keyEncoding: 'text', value: '{"id":1}', valueEncoding: 'text' },
  ...{ headers: [{ name: '__connect.errors.exception.class.name', value: long, encoding: 'text' }], sizeBytes: 400 },
  ...{ masked: [], status, decidedAt: asOf, decidedBy: 'alice', decidedBecause: 'a test' },
  origin: {
    ...{ format: 'connect', topic: 'orders', partition: 1, offset: 9, timestamp: asOf, group: null, connector: 'sink' },
    ...{ task: 0, stage: 'VALUE_CONVERTER', errorClass: long, message: 'no schema', deliveries: 3, replays: 1 }
  }
})
const letters: LetterPage = {
  letters: [letter(1, 'undecided'), letter(2, 'unconfirmed'), letter(3, 'replayed'), letter(4, 'discarded')],
  ...{ topic: 'orders.dlq', direction: 'forward', isolation: 'read_uncommitted', asOf },
  ...{ scanned: { records: 4, bytes: 1600, durationMs: 3 }, partitions: [], cutBy: null, warnings: [] }
}
const replayPlan: ReplayResult = {
  ...{ topic: 'orders.dlq', dryRun: true, selected: 85, spans: [], cutBy: 'limit', warnings: [], action: 'replay' },
  ...{ applied: false, replayed: 0, refused: 0, unconfirmed: 0, durationMs: 2 },
  skipped: [{ reason: 'no_origin', detail: 'its headers name no topic', letters: 2, examples: [] }],
  targets: [{ topic: 'orders', letters: 85, bytes: 36_000, retimed: 2 }]
}
const moving = { topic: 'orders', replicas: [1, 3], adding: [3], removing: [2], inSync: [], totalBytes: 1000 }
const moves: ReassignmentList = {
  reassignments: [
    { ...moving, partition: 0, copiedBytes: 400, bytesPerSec: 10, etaSeconds: 60, waitsFor: [] },
    {
      ...{ ...moving, partition: 1, copiedBytes: null, bytesPerSec: null, bytesPerSecReason: 'broker_unreachable' },
      ...{ etaSeconds: null, waitsFor: [3] }
    }
  ],
  ...{ partitions: 2, copiedBytes: 400, totalBytes: 2000, bytesPerSec: 10, etaSeconds: 160, asOf, warnings: [] },
  throttle: { bytesPerSec: 10_000_000, since: asOf, brokers: [1, 2, 3], topics: ['orders'] }
}
const share = { replicas: 20, preferredLeaders: 7, sizeBytes: 12e9 }
const drain: ReassignmentResult = {
  ...{ action: 'drain', dryRun: true, applied: false, partitions: [], throttleBytesPerSec: null, elections: [] },
  ...{ refused: [], leftShort: [{ topic: 'orders', partition: 2, left: [1], needed: 2 }], asOf, warnings: [] },
  movement: {
    moves: [{ topic: 'orders', partition: 0, from: [2, 1], to: [1, 3], adding: [3], removing: [2], sizeBytes: null }],
    ...{ copies: 1, bytesToCopy: null, leaderChanges: 1, estimatedSeconds: null },
    brokers: [1, 2, 3].map((id) => ({ id, rack: `rack-${id}`, before: share, after: { ...share, replicas: 26 } }))
  }
}
const task = {
  id: 0,
  state: 'FAILED',
  worker: '127.0.0.1:8084',
  error: `${long}: refused`,
  trace: `${long}\n\tat ${long}`
}
const connector: ConnectorDescription = {
  ...{ name: 'sink', type: 'sink', class: long, state: 'RUNNING', worker: '127.0.0.1:8084', error: null, trace: null },
  ...{ deadLetterTopic: 'orders.dlq', tasks: [task], config: { 'connector.class': long, password: '***' } }
}

/** Answers by a part of their address; those of changes are plans. */
const answers: [pattern: RegExp, answer: (method: string) => object][] = [
  [/\/api\/acls/, (method) => (method === 'GET' ? acls : aclPlan)],
  [/\/api\/dead-letters$/, () => queues],
  [/\/letters/, () => letters],
  [/\/replay/, () => replayPlan],
  [/\/api\/reassignments/, () => moves],
  [/\/drain/, () => drain],
  [/\/api\/connectors$/, () => ({ connectors: [connector] })],
  [/\/api\/connectors\/sink/, () => connector]
]

const plan = 'Show the plan'
const states: { path: string; shows: RegExp; submits?: true }[] = [
  { path: '/acls', shows: /User:alice/ },
  { path: '/acls?type=TOPIC&name=orders&pattern=MATCH', shows: /Who may do what/ },
  { path: '/acls?do=create', shows: /DESCRIBE_TOKENS/ },
  { path: '/acls?principal=User:alice&do=delete', shows: /User:alice ALLOW READ topic orders/ },
  { path: '/dead-letters', shows: /interrupted/ },
  { path: '/dead-letters/orders.dlq?status=all', shows: /AnExceptionThatIsThrown/ },
  { path: '/dead-letters/orders.dlq?do=replay', shows: /85 letters/, submits: true },
  { path: '/dead-letters/orders.dlq?do=discard&letters=0:1', shows: /Reason, kept with the letters/ },
  { path: '/reassignments', shows: /waits for kafka-3/ },
  { path: '/reassignments?do=drain&broker=2', shows: /left short of in-sync replicas/, submits: true },
  { path: '/catalogs/log-streaming?do=apply', shows: /critical-logs/, submits: true },
  { path: '/connect', shows: /1 of 1 task failed/ },
  { path: '/connect/sink', shows: /Restart it/ },
  { path: '/connect/sink?do=delete', shows: /Type sink to confirm/ }
]

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [320, 1280]) {
    t.test(`lists, forms and plans are usable at ${width} px in the ${colorScheme} theme`, async (t) => {
      const { page, errors } = await openPage(t, browser, url, { colorScheme, viewport: { width, height: 720 } })
      for (const [pattern, answer] of answers) {
        await page.route(
          (asked) => pattern.test(asked.pathname) && asked.pathname.startsWith('/api/'),
          (route) => route.fulfill({ json: answer(route.request().method()) })
        )
      }
      for (const { path, shows, submits } of states) {
        await page.goto(path)
        if (submits) await page.getByRole('button', { name: plan }).click()
        await page.getByText(shows).first().waitFor()
        await assertUsable(t, page, path)
      }
      t.same(errors, [])
    })
  }
}

t.test('a viewer sees everything but what records contain, and why nothing can be changed', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await asViewer(page)
  const refused: [path: string, why: string][] = [
    ['/reassignments?do=drain', 'needs admin; you are viewer (vera)'],
    ['/catalogs/log-streaming?do=apply', 'needs operator; you are viewer (vera)'],
    ['/dead-letters/orders.dlq?do=replay', 'needs reader; you are viewer (vera)'],
    ['/connect/sink', 'needs reader; you are viewer (vera)']
  ]
  for (const [path, why] of refused) {
    await page.goto(path)
    await page.getByText(why).first().waitFor()
    t.equal(await page.getByRole('dialog').count(), 0, 'no form opens')
    t.same(await seriousFindings(page), [], path)
  }
  await page.goto('/topics')
  await page.getByRole('link', { name: 'orders', exact: true }).focus()
  await page.keyboard.press('.')
  const remove = page.getByRole('menuitem', { name: /^Delete/ })
  await remove
    .getByText('needs operator; you are viewer (vera)')
    .or(remove.getByText('needs admin; you are viewer (vera)'))
    .waitFor()
  t.equal(await remove.getAttribute('aria-disabled'), 'true')
  t.same(await seriousFindings(page), [], 'the menu')
  t.same(errors, [])
})

t.test('without contact what was read stays, and nothing can be changed', async (t) => {
  const { page } = await openPage(t, browser, url)
  await page.route('**/api/reassignments*', (route) => route.fulfill({ json: moves }))
  await page.goto('/reassignments')
  await page.getByText('waits for kafka-3').waitFor()
  await page.route('**/api/**', (route) => route.abort())
  await page.getByText('No contact with kops').waitFor()
  await page.getByText('waits for kafka-3').waitFor()
  await page.getByText('admin-service cannot be reached').first().waitFor()
  t.equal(await page.getByRole('button', { name: /^Drain a broker/ }).getAttribute('aria-disabled'), 'true')
})
