import { testFailingWrites } from '../../unit/services/load-test/failing-writes.ts'

testFailingWrites({ everyCase: true })
