import { testHostileInput } from '../../unit/hostile-input.ts'

testHostileInput({ numRuns: 100, oneMethodIn: 1 })
