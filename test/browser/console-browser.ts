import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { buildConsole } from '../../web/build.ts'
import { debianProgram } from '../debian-program.ts'

const projectRoot = join(import.meta.dirname, '../..')

/** Builds the console where services under test look for it. */
export function builtConsole() {
  return buildConsole(join(projectRoot, 'web/dist'))
}

const browserProgram = {
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  // Letters for its pages, too.
  packages: ['chromium', 'fonts-dejavu-core'],
  setting: 'KOPS_TEST_BROWSER',
  unpackedAt: 'usr/lib/chromium/chromium'
}

/** A browser; closed after the test. */
export async function openBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: await debianProgram(browserProgram),
    // Its sandbox needs what containers do not have; it only shows pages of these tests.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb']
  })
  t.teardown(() => browser.close())
  return browser
}

/** A browser for the console as its sources are now; closed after the test. */
export async function consoleBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  await builtConsole()
  return openBrowser(t)
}

export interface WatchedPage {
  page: Page
  /** Errors of the console, uncaught exceptions, refused loads: what a user would find in the browser's own console. */
  errors: string[]
  /** Requests to any other address. */
  elsewhere: string[]
}

/** A page, and whatever is wrong with it. */
export async function openPage(
  t: Pick<Test, 'teardown'>,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {}
): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, ...options })
  t.teardown(() => context.close())
  const page = await context.newPage()
  // A call of the page has 15 s, and is then repeated.
  page.setDefaultTimeout(30_000)
  const errors: string[] = []
  const elsewhere: string[] = []
  page.on('console', (message) => {
    // A refusal that the page shows is no error of the page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin) {
      elsewhere.push(request.url())
    }
  })
  return { page, errors, elsewhere }
}

/** A canvas in the browser, for `evaluate`: tests are typed for Node.js, which has none. */
export interface Canvas {
  width: number
  height: number
  toDataURL(): string
  getContext(kind: '2d'): { getImageData(...area: number[]): { data: Uint8ClampedArray } }
}

interface Finding {
  id: string
  impact: string | null
  help: string
  nodes: { html: string; failureSummary?: string }[]
}

/** What axe finds on a page that is serious or worse, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page's own policy would refuse an inline script; this one is evaluated by the browser's tools.
  const { source } = await import('axe-core').then(({ default: axe }) => axe)
  await page.evaluate(source)
  const findings = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => violations)`
  )) as Finding[]
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes
          .map(({ html }) => html.slice(0, 160))
          .slice(0, 3)
          .join(' | ')}`
    )
}

/** Once a page shows what it reads: it fits its window, and axe finds nothing serious. */
export async function assertUsable(t: Pick<Test, 'equal' | 'same'>, page: Page, where: string): Promise<void> {
  await assertFits(t, page, where)
  t.same(await seriousFindings(page), [], `axe: ${where}`)
}

/** Once a page shows what it reads, nothing of it is wider than its window. */
export async function assertFits(t: Pick<Test, 'equal'>, page: Page, where: string): Promise<void> {
  await page.locator('h1').waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
  t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, `${where} fits its window`)
}

/** Shows a page as to a viewer, who is called vera. */
export async function asViewer(page: Page): Promise<void> {
  await page.route('**/api/caller', async (route) => {
    const caller = await (await route.fetch()).json()
    const permissions = caller.permissions.map((each: { role: string }) => ({
      ...each,
      allowed: ['public', 'viewer'].includes(each.role)
    }))
    return route.fulfill({ json: { ...caller, name: 'vera', role: 'viewer', permissions } })
  })
}

/** Goes on with Tab, as somebody without a mouse does, until an element has the focus. @throws Error if it never has */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.first().waitFor()
  const focused = target.and(page.locator(':focus'))
  for (let presses = 0; presses < 150; presses++) {
    if ((await focused.count()) > 0) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`150 times Tab do not lead to ${target}`)
}
