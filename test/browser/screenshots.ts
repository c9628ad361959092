/**
 * Pictures of every page of the console of a running kops, in both themes, wide and narrow. Those in docs/images are of a new cluster
 * that --fill has filled.
 *
 *   npm run console:screenshots -- [--url http://localhost:8081] [--folder docs/images] [--fill] [patterns]
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page, Request } from 'playwright-core'
import type { DrillList } from '#shared/contracts/drills.ts'
import type { LoadTestRunList } from '#shared/contracts/load-test.ts'
import type { TopicList } from '#shared/contracts/topics.ts'
import { poll } from '#shared/poll.ts'
import { openBrowser, openPage } from './console-browser.ts'
import { fillWithExamples } from './example-contents.ts'

const { values, positionals } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:8081' },
    folder: { type: 'string', default: 'docs/images' },
    fill: { type: 'boolean', default: false }
  },
  allowPositionals: true
})
const { url, folder } = values
const themes = ['light', 'dark'] as const
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } }
/** A list of hundreds of rows says no more than its beginning does. */
const tallest = { wide: 1200, narrow: 1500 }

async function read<T>(path: string): Promise<T> {
  return (await (await fetch(`${url}${path}`)).json()) as T
}

/** The addresses of all pages, with what this cluster has to show on each. */
async function addresses(): Promise<Record<string, string>> {
  const [{ topics }, { drills }, { runs }] = await Promise.all([
    read<TopicList>('/api/topics?limit=1000'),
    read<DrillList>('/api/drills?limit=1'),
    read<LoadTestRunList>('/api/loadtest/runs?limit=2')
  ])
  const names = topics.map(({ name }) => name)
  const topic = names.includes('orders') ? 'orders' : encodeURIComponent(names[0] ?? 'none')
  const deleted = names.includes('orders-v1') ? 'orders-v1' : topic
  const [run, other = run] = runs
  return {
    overview: '/',
    topics: '/topics',
    topic: `/topics/${topic}`,
    config: `/topics/${topic}/config`,
    messages: `/topics/${topic}/messages`,
    'topic-groups': `/topics/${topic}/groups`,
    deletion: `/topics/${deleted}`,
    groups: '/groups',
    group: '/groups/session-builder',
    brokers: '/brokers',
    broker: '/brokers/2',
    'load-tests': '/load',
    ...(run && { 'load-test': `/load/${run.id}` }),
    ...(run && other && { 'load-compare': `/load/compare?a=${other.id}&b=${run.id}` }),
    'load-new': '/load/new',
    capacity: '/capacity',
    drills: '/drills',
    'drill-new': '/drills/new?kind=broker-kill&node=kafka-1',
    ...(drills[0] && { drill: `/drills/${drills[0].id}` }),
    scorecard: '/drills/scorecard',
    'game-days': '/drills/gamedays',
    'game-day-new': '/drills/gamedays/new',
    alerts: '/alerts',
    audit: '/audit?outcome=applied',
    catalogs: '/catalogs',
    catalog: '/catalogs/log-streaming',
    acls: '/acls',
    'dead-letters': '/dead-letters',
    'dead-letter-queue': '/dead-letters/orders.dlq',
    reassignments: '/reassignments',
    'drain-form': '/reassignments?do=drain&broker=1',
    connect: '/connect',
    settings: '/settings'
  }
}

/** Waits until the page has asked for nothing for a moment, except for the streams that it follows. */
function untilAnswered(page: Page): () => Promise<unknown> {
  const asked = new Set<Request>()
  let lastAt = 0
  const done = (request: Request) => {
    asked.delete(request)
    lastAt = performance.now()
  }
  page.on('request', (request) => void (request.url().includes('/stream') || asked.add(request)))
  page.on('requestfinished', done)
  page.on('requestfailed', done)
  const isQuiet = () => asked.size === 0 && performance.now() - lastAt > 300
  return () => poll(isQuiet, Boolean, { timeoutMs: 10_000, pauseMs: 50 })
}

const ends: (() => unknown)[] = []
const teardown = (end: () => unknown) => void ends.push(end)
try {
  if (values.fill) teardown(await fillWithExamples(read))
  await mkdir(folder, { recursive: true })
  const pages = Object.entries(await addresses())
  const browser = await openBrowser({ teardown })
  for (const colorScheme of themes) {
    for (const size of ['wide', 'narrow'] as const) {
      const { page } = await openPage({ teardown }, browser, url, { colorScheme, viewport: sizes[size] })
      const settled = untilAnswered(page)
      for (const [name, path] of pages) {
        const file = `${name}-${size}-${colorScheme}.webp`
        if (positionals.length > 0 && !positionals.some((pattern) => file.includes(pattern))) continue
        await page.goto(path)
        await page.locator('h1').waitFor()
        await settled()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
        await page.getByText('comparing …').first().waitFor({ state: 'detached' })
        if ((await page.getByText(/^Nothing is at/).count()) > 0) continue
        // As in a window of this height: the navigation is as high as the window.
        const { width, height } = sizes[size]
        const whole = Number(await page.evaluate('document.documentElement.scrollHeight'))
        await page.setViewportSize({ width, height: Math.max(height, Math.min(whole, tallest[size])) })
        await page.screenshot({ path: join(folder, file), type: 'webp', quality: 55 })
        await page.setViewportSize({ width, height })
        console.log(join(folder, file))
      }
    }
  }
} finally {
  for (const end of ends.reverse()) await end()
}
