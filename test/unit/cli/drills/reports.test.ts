import t from 'tap'
import { convert } from 'xmlbuilder2'
import { drillHtml } from '#cli/drills/report-html.ts'
import { drillsJunit } from '#cli/drills/report-junit.ts'
import { drillMarkdown } from '#cli/drills/report-markdown.ts'
import type { ConsumedGroup } from '#shared/contracts/drill-consumers.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { drill } from './drill.ts'

const hostile = '<script>alert(1)</script>"\'|`]]>&\u0000\u001b[31m\n# head'
const verdict = drill().verdict as NonNullable<Drill['verdict']>

/** A drill of an earlier version: a verdict and events, and nothing else. */
function early(): Drill {
  const { guards, evidence, comparison, partitions, rates, fingerprint, request, target, ...rest } = drill()
  return rest
}

t.test('the HTML report is one file, that loads nothing and runs no script', async (t) => {
  const html = drillHtml(drill())
  t.match(html, /^<!doctype html>\n<html lang="en">/)
  t.match(html, "default-src 'none'; style-src 'unsafe-inline'")
  t.notMatch(html, /<script|<link|<img|@import|url\(|https?:|src=|href=/)
  t.match(html, 'prefers-color-scheme: dark')
  for (const part of ['>PASS</span>', '>1 to 4 s<', '>120 MB to copy<', '>no, forced<', '<td>kops-drill-x-3</td>']) {
    t.match(html, part)
  }
})

for (const [name, html] of [
  ['of six partitions', drillHtml(drill())],
  ['of 200 partitions', drillHtml(drill({}, 200))],
  ['of an earlier version', drillHtml(early())]
] as const) {
  t.test(`every element of the HTML report is closed, ${name}`, async (t) => {
    const open: string[] = []
    for (const [, close, tag = '', empty] of html.matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
      if (tag === 'meta' || empty) continue
      if (close) t.equal(open.pop(), tag)
      else open.push(tag)
    }
    t.same(open, [])
    t.notMatch(html, /NaN|undefined|Infinity/)
  })
}

t.test('of very many partitions the table has those that waited longest', async (t) => {
  const html = drillHtml(drill({}, 200))
  t.match(html, '168 more are in the JSON report')
  t.match(html, '<h2>Partitions</h2>\n<div class="wide"><table>\n<tr><th>Partition</th><th>Leader before</th>')
})

t.test('a drill without lanes has a report without a timeline', async (t) => {
  const html = drillHtml(early())
  t.notMatch(html, '<svg')
  t.match(html, '>PASS</span>')
  t.match(drillHtml({ ...early(), verdict: null, status: 'running', finishedAt: null }), '>running</span>')
})

t.test('the Markdown report has verdict, comparison and only the guards that did not pass', async (t) => {
  const text = drillMarkdown(drill())
  t.match(text, /^## Drill broker-stop of kafka-2: PASS\n\n- All 12345/)
  for (const line of [
    '| new leaders | 4 to 9 s | 6.9 s | yes |  |',
    '| in sync again | 1 to 4 s | 4.9 s | NO | 120 MB to copy |',
    '| blast-radius | no, forced | 2 brokers | 1 broker |',
    '| kafka-2 | yes | its process was gone; kafka-1 -\\> kafka-2 (broker) |'
  ]) {
    t.ok(text.includes(`\n${line}\n`), line)
  }
  t.notMatch(text, 'no-other-fault')
})

interface Case {
  '@name': string
  '@classname': string
  failure?: { '@message': string }
  error?: { '@message': string }
  skipped?: { '@message': string }
}

/** The cases of the first suite, after the document has been parsed. */
function casesOf(xml: string): { suite: Record<string, string>; cases: Case[] } {
  const { testsuites } = convert(xml, { format: 'object' }) as unknown as {
    testsuites: { testsuite: Record<string, string> & { testcase: Case[] | Case } }
  }
  const { testcase, ...suite } = testsuites.testsuite
  return { suite, cases: [testcase].flat() }
}

const outcomeOf = ({ failure, error, skipped }: Case) =>
  failure ? 'failure' : error ? 'error' : skipped ? 'skipped' : 'passed'

const unlike: { name: string; change: Partial<Drill>; expected: Record<string, string> }[] = [
  {
    name: 'a drill that passed: forced guards and what was not measured are skipped',
    change: {},
    expected: {
      'no-other-fault': 'passed',
      'blast-radius': 'skipped',
      'the fault of kafka-2 took effect': 'passed',
      ackedLost: 'passed',
      'new leaders, as predicted': 'passed',
      'writes where it follows wait, as predicted': 'skipped',
      'in sync again, as predicted': 'failure',
      verdict: 'passed'
    }
  },
  {
    name: 'a failure is a failure, a doubt an error',
    change: {
      verdict: {
        ...verdict,
        result: 'fail',
        findings: [
          { class: 'ackedLost', severity: 'failure', count: 3, detail: 'lost' },
          { class: 'unseen', severity: 'doubt', count: 1, detail: 'not read' }
        ]
      }
    },
    expected: { ackedLost: 'failure', unseen: 'error', verdict: 'failure' }
  },
  {
    name: 'a fault without an effect, and a verdict that is inconclusive, are errors',
    change: {
      verdict: { ...verdict, result: 'inconclusive' },
      evidence: [{ stage: 'cut', node: 'kafka-2', confirmed: false, detail: 'it kept answering' }]
    },
    expected: { 'cut: the fault of kafka-2 took effect': 'error', verdict: 'error' }
  },
  {
    name: 'a guard that failed, and a time outside of its band, are failures',
    change: {
      guards: [{ name: 'quorum', passed: false, reading: '2 of 3', limit: '3 of 3' }],
      comparison: [{ name: 'isrFull', predicted: { min: 1, max: 4 }, measuredSeconds: 9, within: false }]
    },
    expected: { quorum: 'failure', 'in sync again, as predicted': 'failure' }
  },
  { name: 'an aborted drill', change: { verdict: { ...verdict, result: 'aborted' } }, expected: { verdict: 'error' } },
  { name: 'a drill that goes on', change: { verdict: null, status: 'running' }, expected: { verdict: 'error' } }
]
for (const { name, change, expected } of unlike) {
  t.test(`JUnit: ${name}`, async (t) => {
    const { suite, cases } = casesOf(drillsJunit([drill(change)]))
    const found = Object.fromEntries(cases.map((each) => [each['@name'], outcomeOf(each)]))
    t.match(found, expected)
    const count = (outcome: string) => String(cases.filter((each) => outcomeOf(each) === outcome).length)
    t.match(suite, {
      '@tests': String(cases.length),
      '@failures': count('failure'),
      '@errors': count('error'),
      '@skipped': count('skipped')
    })
  })
}

t.test('JUnit: a drill of an earlier version has its verdict', async (t) => {
  const { cases } = casesOf(drillsJunit([early()]))
  t.same(
    cases.map((each) => [each['@name'], each['@classname']]),
    [
      ['ackedLost', 'drill.broker-stop.findings'],
      ['failedButPresent', 'drill.broker-stop.findings'],
      ['verdict', 'drill.broker-stop.verdict']
    ]
  )
})

t.test('JUnit: several drills are several suites, whose cases are added up', async (t) => {
  const xml = drillsJunit([drill(), drill({ verdict: { ...verdict, result: 'fail' } })])
  const { testsuites } = convert(xml, { format: 'object' }) as unknown as {
    testsuites: { testsuite: unknown[] } & Record<string, string>
  }
  t.equal(testsuites.testsuite.length, 2)
  t.match(testsuites, { '@tests': '22', '@failures': '3', '@time': '80.000' })
})

t.test('what consumer groups saw is in every report', async (t) => {
  const consumed = (change: Partial<ConsumedGroup>): ConsumedGroup => ({
    ...{ group: 'billing', protocol: 'classic', client: 'kafkajs', members: [], partitions: [], delivered: 12_000 },
    ...{ gapMaxMs: 9100, lastPartitionMs: 8700, predictedSeconds: { min: 6, max: 10 }, within: true, duplicates: 40 },
    ...{ rewindDepth: 20, skipped: 0, unconsumed: 0, doubleOwned: 0, rebalances: 2, lagPeak: 900, drainMs: 1500 },
    ...change
  })
  const from = drill({
    consumers: [
      consumed({}),
      consumed({ group: 'late', lastPartitionMs: 20_000, within: false, skipped: 3 }),
      consumed({ group: 'never', lastPartitionMs: null, within: null, rebalances: null, lagPeak: null })
    ]
  })
  const line = '| billing (classic) | 12,000 | 40 | 0 | 0 | 9.1 s | 8.7 s | 6 to 10 s | 2 | 900, 1.5 s |'
  t.ok(drillMarkdown(from).includes(`\n${line}\n`))
  t.match(drillHtml(from), '<td>late (classic)</td><td>12,000</td><td>40</td><td>3!</td>')
  const found = casesOf(drillsJunit([from])).cases.filter((each) => each['@name'].includes('every partition again'))
  t.same(found.map(outcomeOf), ['passed', 'failure', 'skipped'])
})

t.test('text that others wrote stays text', async (t) => {
  const from = drill({ failure: hostile, verdict: { ...verdict, reasons: [hostile] } })
  t.notMatch(drillHtml(from), '<script')
  const text = drillMarkdown(from)
  t.match(text, '\\<script\\>')
  t.notMatch(text, /^# head/m)
  const xml = drillsJunit([drill({ verdict: { ...verdict, result: 'fail', reasons: [hostile] } })])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no place for them, even escaped.
  t.notMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|&#x?0*1b;/)
  t.match(xml, 'message="fail: &lt;script&gt;alert(1)&lt;/script&gt;&quot;\'|`]]&gt;&amp;??[31m')
  t.match(casesOf(xml).cases.at(-1), { '@name': 'verdict' }, 'it can be parsed')
})
