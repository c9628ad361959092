import { Type } from 'typebox'
import { count } from './common.ts'

const number = (description: string) => Type.Integer({ minimum: 0, description })

/** What became of records that were written to be read back, of drills and of load tests. */
export const recordCounts = {
  attempted: count,
  acknowledged: count,
  failed: number('Writes that failed with an error'),
  indeterminate: number('Timed out or disconnected: perhaps written, never counted as lost'),
  read: number('Records of the workload that were read back'),
  ackedLost: number('Acknowledged but missing from the log'),
  unseen: number('Acknowledged at offsets that could not be read: neither present nor lost'),
  corrupt: number('Read back with different content or at a different offset than acknowledged'),
  duplicates: count,
  reordered: number('Records whose sequence decreases within their producer and partition'),
  failedButPresent: count,
  indeterminatePresent: number('Indeterminate records that are in the log'),
  ackAliased: number('Acknowledgements of an offset that another one claims, too: the client is wrong')
}
