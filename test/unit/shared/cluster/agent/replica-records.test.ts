import t from 'tap'
import { keysIn, segmentsOf } from '#shared/cluster/agent/replica-records.ts'

const name = (offset: number) => `${String(offset).padStart(20, '0')}.log`
const files = [name(100), name(0), name(250), `${name(0).slice(0, -4)}.index`, 'leader-epoch-checkpoint', 'x.log']

const cases: [offsets: number[], segments: number[]][] = [
  [[0], [0]],
  [[99], [0]],
  [[100], [100]],
  [
    [249, 250],
    [100, 250]
  ],
  [[1_000_000], [250]],
  [[], []]
]
for (const [offsets, expected] of cases) {
  t.test(`offsets ${offsets} are looked for in segments ${expected}`, async (t) => {
    t.same(segmentsOf(files, offsets), expected.map(name))
  })
}

t.test('keys are taken from what DumpLogSegments prints, by offset', async (t) => {
  const dump = [
    'Dumping /data/t-0/00000000000000000000.log',
    'Log starting offset: 0',
    'baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 0 lastSequence: 1 producerId: 4 isvalid: true crc: 1',
    '| offset: 0 CreateTime: 1764444444444 keySize: 5 valueSize: 9 sequence: 0 headerKeys: [] key: d-0-0 payload: {"a": 1 }',
    '| offset: 1 CreateTime: 1764444444444 keySize: 5 valueSize: 9 sequence: 1 headerKeys: [] key: d-0-1 payload: key: x payload: y',
    '| offset: 2 CreateTime: 1764444444444 keySize: 4 valueSize: 6 sequence: -1 headerKeys: [] endTxnMarker: COMMIT coordinatorEpoch: 0'
  ].join('\n')
  t.same(Array.from(keysIn(dump)), [
    [0, 'd-0-0'],
    [1, 'd-0-1']
  ])
})
