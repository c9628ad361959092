import t from 'tap'
import { workerFacts } from '#shared/load-report/worker-facts.ts'

t.test('a run with a lost worker says who, when, for how long, and what is not known', async (t) => {
  const joined = [
    { id: 'a', host: 'loadgen-1', shares: [0, 2], clockOffsetMs: -12, clockErrorMs: 1.25 },
    { id: 'b', host: 'loadgen-2\u001b[2J', shares: [1], clockOffsetMs: null, clockErrorMs: null }
  ]
  const loss = { id: 'b', host: 'loadgen-2', second: 8, shares: [1], secondsWithout: 11, unknownRecords: 2040 }
  const facts = workerFacts({ joined, lost: [loss, { ...loss, second: 30, unknownRecords: null }] })
  t.equal(facts.length, 3)
  t.match(facts[0], ['Workers', /^loadgen-1 \(2 producers, clock known to 1\.\d+ ms\), loadgen-2.* \(1 producer\)$/])
  t.notMatch(facts[0]?.[1], '\u001b')
  t.match(facts[1], ['Worker lost', /^loadgen-2 after 8 s: for 11 s the load lacked 1 producer; 2,040 records may/])
  t.match(facts[2], ['Worker lost', /how many records it had sent is not known$/])
})
