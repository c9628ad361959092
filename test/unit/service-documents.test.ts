import t from 'tap'
import { buildNowhere, serviceNames } from './services-without-cluster.ts'

const titles = { admin: 'kops admin-service', health: 'kops health-service', loadTest: 'kops load-test-service' }
const addresses = {
  admin: 'https://kops.example/admin',
  health: 'http://localhost:8082',
  loadTest: 'http://localhost:9983'
}
const env = { KOPS_PUBLIC_ADMIN_URL: addresses.admin, KOPS_PUBLIC_LOADTEST_URL: `${addresses.loadTest}/` }

for (const name of serviceNames) {
  t.test(`the page of ${name} has its own title, logo and description, and links to the other two`, async (t) => {
    const app = await buildNowhere(t, name, env)
    const page = await app.inject({ url: '/docs' })
    t.match(page.body, `<title>${titles[name]}</title>`)
    t.match((await app.inject({ url: '/docs/static/swagger-initializer.js' })).body, /logo/i)
    const document = (await app.inject({ url: '/docs/json' })).json()
    t.equal(document.info.title, titles[name])
    for (const other of serviceNames) {
      t.equal(document.info.description.includes(`(${addresses[other]}/docs)`), other !== name, other)
    }
    t.equal(Object.keys(document.paths).indexOf('/livez') >= Object.keys(document.paths).length - 3, true)
    t.equal(document.tags.at(-1).name, 'service')
  })
}

t.test('a path of another service is answered with where it is', async (t) => {
  const cases = [
    { service: 'admin', path: '/api/health', there: 'health-service has it, at http://localhost:8082/api/health' },
    {
      service: 'health',
      path: '/api/topics/a',
      there: 'admin-service has it, at https://kops.example/admin/api/topics/a'
    },
    { service: 'health', path: '/api/drills', there: 'load-test-service has it, at http://localhost:9983/api/drills' },
    {
      service: 'loadTest',
      path: '/api/alerts?x=1',
      there: 'health-service has it, at http://localhost:8082/api/alerts'
    },
    { service: 'admin', path: '/api/topics/a/nothing', there: undefined },
    { service: 'admin', path: '/nothing', there: undefined }
  ] as const
  for (const { service, path, there } of cases) {
    const app = await buildNowhere(t, service, env)
    const answer = await app.inject({ url: path })
    t.equal(answer.statusCode, 404, path)
    t.match(answer.headers['content-type'], 'application/problem+json')
    const { detail } = answer.json()
    if (there === undefined) t.notMatch(detail, 'has it', path)
    else t.match(detail, there, path)
  }
})
