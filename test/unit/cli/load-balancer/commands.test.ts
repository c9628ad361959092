import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Comparison } from '#apps/load-balancer/domain/compare.ts'
import { algorithmNames } from '#shared/contracts/load-balancer.ts'
import { requestAt } from '../../apps/load-balancer/requests.ts'
import { kops } from '../kops.ts'

const compare = ['lb', 'compare', '--num-requests', '2000', '--seed', '7']

t.test('compare prints a row for each algorithm; power of two choices and peak EWMA beat round robin', async (t) => {
  const { code, stdout } = await kops([...compare, '--slow-server', '4=10'])
  t.equal(code, 0)
  t.match(stdout, /^2000 requests in [34]\d\.\d s, 5\d\.\d a second; server-4 10 times slower\n/)
  const p99 = (name: string) => Number(new RegExp(`^${name} +[\\d.]+ +([\\d.]+) `, 'm').exec(stdout)?.[1])
  for (const name of algorithmNames) t.ok(p99(name) > 0, name)
  for (const name of ['power_of_two_choices', 'peak_ewma']) t.ok(p99(name) < p99('round_robin'), stdout)
  t.equal((await kops([...compare, '--slow-server', '4=10'])).stdout, stdout, 'the same seed gives the same table')
  t.not((await kops([...compare.slice(0, -1), '8', '--slow-server', '4'])).stdout, stdout)
})

t.test('compare as JSON, of requests in a file', async (t) => {
  const path = join(t.testdir(), 'arrivals.jsonl')
  await writeFile(path, [2, 0, 1].map((at) => JSON.stringify(requestAt(at))).join('\n'))
  const { code, stdout } = await kops(['lb', 'compare', '--arrivals', path, '--json'])
  t.equal(code, 0)
  const { requests, seconds, algorithms } = JSON.parse(stdout) as Comparison
  t.match({ requests, seconds }, { requests: 3, seconds: 2 })
  t.same(
    algorithms.map(({ name }) => name),
    [...algorithmNames]
  )
})

t.test('what is wrong is named', async (t) => {
  const folder = t.testdir({
    'broken.jsonl': `${JSON.stringify(requestAt(1))}\n\n{"request_id":1}\n`,
    'empty.jsonl': '\n'
  })
  const rows = [
    {
      args: ['process', '--algorithm', 'fastest'],
      code: 2,
      stderr: /--algorithm: fastest is not one of round_robin, .*peak_ewma/
    },
    { args: ['generate', '--num-requests', '0'], code: 2, stderr: /--num-requests.*Not a whole number above 0/s },
    { args: ['generate', '--rate', '-1'], code: 2, stderr: /--rate.*Not a number above 0/s },
    { args: ['process', '--slow-server', '5'], code: 2, stderr: /--slow-server: there are servers 0 to 4, and no 5/ },
    { args: ['process', '--slow-server', '4=0.5'], code: 2, stderr: /--slow-server.*4=10/s },
    {
      args: ['compare', '--arrivals', join(folder, 'broken.jsonl')],
      code: 1,
      stderr: /broken\.jsonl:3: timestamp is required/
    },
    { args: ['compare', '--arrivals', join(folder, 'empty.jsonl')], code: 1, stderr: /has no requests/ },
    { args: ['compare', '--arrivals', join(folder, 'none.jsonl')], code: 1, stderr: /cannot be read/ },
    { args: ['generate', '--kafka-broker', 'localhost'], code: 1, stderr: /localhost/ }
  ]
  for (const { args, code, stderr } of rows) t.match(await kops(['lb', ...args]), { code, stderr }, args.join(' '))
})
