import t from 'tap'
import { drillSourceOf } from '#services/health/drills-plugin.ts'
import { drill } from '../../cli/drills/drill.ts'
import { serviceWith } from '../../cli/drills/service.ts'

const signal = new AbortController().signal

t.test('load-test-service at an address says which drill is under way; without one there is no source', async (t) => {
  const { url } = await serviceWith(t, [drill()])
  const source = drillSourceOf({ KOPS_LOADTEST_URL: `${url}/`, KOPS_LOADTEST_TOKEN_FILE: '' })
  t.equal(await source?.running(signal), null, 'a drill that has ended is none')
  t.equal(drillSourceOf({ KOPS_LOADTEST_URL: '', KOPS_LOADTEST_TOKEN_FILE: '' }), undefined)
  const nobody = drillSourceOf({ KOPS_LOADTEST_URL: 'http://127.0.0.1:1', KOPS_LOADTEST_TOKEN_FILE: '' })
  await t.rejects(async () => void (await nobody?.running(signal)), { code: 'service_unreachable' })
})

t.test('a token that cannot be read is named by its setting', async (t) => {
  const settings = { KOPS_LOADTEST_URL: 'http://127.0.0.1:1', KOPS_LOADTEST_TOKEN_FILE: '/nonexistent/token' }
  t.throws(() => drillSourceOf(settings), /KOPS_LOADTEST_TOKEN_FILE/)
})
