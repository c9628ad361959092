import t from 'tap'
import { counted, formatBytes, formatCount, formatSeconds, formatShare } from '../../../../web/format/numbers.ts'

const plain = (text: string) => text.replaceAll('\u202f', '_')

t.test('counts are grouped by thousands', async (t) => {
  for (const [value, text] of [
    [0, '0'],
    [999, '999'],
    [1000, '1_000'],
    [1_234_567, '1_234_567'],
    [-1234, '-1_234'],
    [1234.5, '1_234.5'],
    [9_007_199_254_740_991, '9_007_199_254_740_991']
  ] as const) {
    t.equal(plain(formatCount(value)), text)
  }
  t.same([counted(1, 'topic'), counted(0, 'topic')], ['1 topic', '0 topics'])
})

t.test('bytes have three digits and a unit', async (t) => {
  for (const [value, text] of [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [10_240, '10.0 KiB'],
    [102_400, '100 KiB'],
    [1_073_741_824, '1.00 GiB'],
    [1_099_511_627_776 * 2000, '1.95 PiB']
  ] as const) {
    t.equal(formatBytes(value), text)
  }
})

t.test('seconds are shown in their two largest units', async (t) => {
  for (const [value, text] of [
    [0, '0 s'],
    [0.45, '450 ms'],
    [1, '1 s'],
    [1.25, '1.3 s'],
    [12.4, '12 s'],
    [60, '1 min'],
    [185, '3 min 5 s'],
    [3600, '1 h'],
    [7260, '2 h 1 min'],
    [356_400, '4 d 3 h']
  ] as const) {
    t.equal(formatSeconds(value), text)
  }
  t.same([formatShare(0.0123), formatShare(0.5)], ['1.2 %', '50 %'])
})
