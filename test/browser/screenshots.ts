/**
 * Pictures of every page of the console of a running kops, in both themes, wide and narrow.
 *
 *   npm run console:screenshots -- [--url http://localhost:8081] [--folder .kops/screenshots] [patterns]
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { GroupHealthList } from '#shared/contracts/group-health.ts'
import type { TopicList } from '#shared/contracts/topics.ts'
import { openBrowser, openPage } from './console-browser.ts'

const { values, positionals } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:8081' },
    folder: { type: 'string', default: '.kops/screenshots' }
  },
  allowPositionals: true
})
const { url, folder } = values
await mkdir(folder, { recursive: true })

const read = async <T>(path: string) => (await (await fetch(`${url}${path}`)).json()) as T
const { topics } = await read<TopicList>('/api/topics?sort=size&order=desc&limit=1')
const { groups } = await read<GroupHealthList>('/api/health/groups?sort=worst&limit=1')
const topic = encodeURIComponent(topics[0]?.name ?? 'none')
const group = groups[0] && encodeURIComponent(groups[0].group)

const pages: Record<string, string> = {
  overview: '/',
  topics: '/topics',
  topic: `/topics/${topic}`,
  config: `/topics/${topic}/config`,
  messages: `/topics/${topic}/messages`,
  'topic-groups': `/topics/${topic}/groups`,
  groups: '/groups',
  ...(group && { group: `/groups/${group}` }),
  brokers: '/brokers',
  broker: '/brokers/1',
  reassignments: '/reassignments',
  'drain-form': '/reassignments?do=drain&broker=1',
  catalogs: '/catalogs',
  catalog: '/catalogs/log-streaming',
  acls: '/acls',
  'dead-letters': '/dead-letters',
  connect: '/connect',
  alerts: '/alerts',
  audit: '/audit',
  settings: '/settings',
  drills: '/drills',
  unknown: '/topics/a/b/c'
}
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } }

const ends: (() => unknown)[] = []
const teardown = (end: () => unknown) => void ends.push(end)
try {
  const browser = await openBrowser({ teardown })
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries(sizes)) {
      const { page } = await openPage({ teardown }, browser, url, { colorScheme, viewport })
      for (const [name, path] of Object.entries(pages)) {
        const file = `${name}-${size}-${colorScheme}.png`
        if (positionals.length > 0 && !positionals.some((pattern) => file.includes(pattern))) continue
        await page.goto(path)
        await page.locator('h1').waitFor()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
        await page.screenshot({ path: join(folder, file), fullPage: true })
        console.log(join(folder, file))
      }
    }
  }
} finally {
  for (const end of ends.reverse()) await end()
}
