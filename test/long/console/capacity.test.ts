// Runs alone: it stops a broker.
import t from 'tap'
import type { CapacityMeasurement, StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import { assertUsable, consoleBrowser, openPage } from '../../browser/console-browser.ts'
import { agentOf } from '../../integration/admin/node-under-test.ts'
import { ask } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { adminUrl } from '../../integration/support/under-test.ts'

t.setTimeout(240_000)

const browser = await consoleBrowser(t)

/** The search passes at once on any machine, and lasts longer than a broker takes to stop. */
const quick: StartCapacity = {
  topic: { kind: 'temporary', partitions: 6, replicationFactor: 3 },
  rate: {
    ...{ kind: 'search', startPerSecond: 200, maxPerSecond: 400, trialSeconds: 10, precision: 0.5, soakSeconds: 0 },
    objective: { maxP99Ms: 10_000 }
  },
  producers: 1
}

t.test(
  'a broker that goes down while the capacity is measured: the measurement does not count, and says why',
  async (t) => {
    const { page, errors } = await openPage(t, browser, adminUrl)
    page.setDefaultTimeout(90_000)
    const agent = await agentOf(t, 'kafka-2')
    const start = () => ask<CapacityMeasurement & { code?: string }>('POST', '/api/capacity', quick)
    const isWhole = ({ body }: Awaited<ReturnType<typeof start>>) => body.code !== 'cluster_unhealthy'
    const { status, body } = await eventually('the cluster is whole', start, isWhole, 60_000)
    t.equal(status, 202)
    t.teardown(() => ask('DELETE', body.links.self))

    await page.goto('/capacity')
    const underWay = page.getByRole('region', { name: 'Measurement', exact: true })
    await underWay.getByText(/searching {2}\d{8}T/).waitFor()
    await page.getByRole('button', { name: 'Measure : a measurement is under way' }).waitFor()
    await agent.node('kafka-2', 'stop')

    await page
      .getByText(/^The newest one was not completed: What was found does not count: kafka-2 was gone meanwhile/)
      .waitFor()
    await underWay.waitFor({ state: 'detached' })
    t.match((await ask('GET', body.links.self)).body, { status: 'failed', allBrokers: null })
    const figure = page.getByRole('region', { name: 'All brokers' })
    await figure.getByText('not measured', { exact: true }).waitFor()
    await page
      .locator('.topbar')
      .getByText(/^(DEGRADED|DOWN)$/)
      .waitFor()

    // Nothing is measured of a cluster that is not whole, and the broker to stop can be chosen all the same.
    await page.getByRole('button', { name: 'Measure', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Measure the capacity' })
    await dialog.getByRole('checkbox', { name: 'Then again while one broker is stopped' }).check()
    await dialog.getByLabel('Broker to stop').selectOption('kafka-1')
    await dialog.getByLabel(/^Type kafka-1/).fill('kafka-1')
    await dialog.getByRole('button', { name: 'Measure', exact: true }).click()
    const refused = dialog.getByRole('alert')
    await refused.getByText('cluster_unhealthy').waitFor()
    t.match(await refused.innerText(), /Not reachable: |replica/i)
    await page.keyboard.press('Escape')

    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto('/capacity')
      await page.getByText(/^The newest one was not completed:/).waitFor()
      const reason = page.getByText(/has no date: |^No dates: /).first()
      await reason.waitFor()
      const isWhole = (line: { scrollWidth: number; clientWidth: number }) => line.scrollWidth <= line.clientWidth
      t.equal(await reason.evaluate(isWhole), true, `why a disk has no date at ${width} px`)
      await assertUsable(t, page, `the outcome at ${width} px`)
    }
    t.same(errors, [])
  }
)
