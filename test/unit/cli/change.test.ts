import t, { type Test } from 'tap'
import { type DestroyOptions, destroy } from '#cli/change.ts'

async function tried(
  t: Test,
  options: DestroyOptions,
  person: { present: boolean; answer?: string },
  { failed = false, refuse = () => {} }: { failed?: boolean; refuse?: () => void } = {}
) {
  const exitCode = process.exitCode
  t.teardown(() => {
    process.exitCode = exitCode
  })
  const calls: (boolean | 'ask')[] = []
  const printed: string[] = []
  const said: string[] = []
  const output = { print: (line: string) => printed.push(line), error: (line: string) => said.push(line) }
  const context = {
    output,
    person: {
      present: person.present,
      ask: async () => {
        calls.push('ask')
        return person.answer
      }
    },
    projectRoot: '',
    stateDir: () => '',
    access: async () => {
      throw new Error('nobody asks')
    },
    asksCurl: () => false,
    confirmedCluster: () => undefined
  }
  await destroy(context, options, 'orders', {
    call: async (dryRun) => {
      calls.push(dryRun)
      return { dryRun }
    },
    print: (output, { dryRun }) => output.print(dryRun ? 'plan' : 'done'),
    failed: () => failed,
    refuse
  })
  const code = process.exitCode ?? 0
  process.exitCode = exitCode
  return { calls, printed, said, code }
}

t.test('with --yes it is done at once; with --dry-run planned only', async (t) => {
  t.match(await tried(t, { yes: true }, { present: false }), { calls: [false], printed: ['done'], code: 0 })
  t.match(await tried(t, { dryRun: true }, { present: false }), { calls: [true], printed: ['plan'], code: 0 })
})

t.test('without a terminal it is refused, without a request to the service', async (t) => {
  await t.rejects(tried(t, {}, { present: false }), { message: /no terminal/ })
})

t.test('on a terminal the plan is shown on standard error, and only the name continues', async (t) => {
  const typed = await tried(t, { json: true }, { present: true, answer: 'orders' })
  t.strictSame(typed.calls, [true, 'ask', false])
  t.strictSame(typed.printed, ['{\n  "dryRun": false\n}'], 'the output is the answer and nothing else')
  t.match(typed.said, ['plan'])
  const refused = await tried(t, {}, { present: true, answer: 'yes' })
  t.match(refused, { calls: [true, 'ask'], printed: [], code: 1 })
  t.match(refused.said.at(-1), 'Nothing was changed')
})

t.test('an incomplete change exits with 1', async (t) => {
  t.equal((await tried(t, { yes: true }, { present: false }, { failed: true })).code, 1)
})

t.test('what the service would refuse is refused before the prompt', async (t) => {
  const asked: string[] = []
  const refuse = () => {
    asked.push('plan')
    throw new Error('in use')
  }
  await t.rejects(tried(t, {}, { present: true, answer: 'orders' }, { refuse }), { message: 'in use' })
  t.strictSame(asked, ['plan'])
  const input = await tried(t, {}, { present: true })
  t.match(input, { calls: [true, 'ask'], code: 1 }, 'an input that ends is no')
})
