import { testHostileInput } from './hostile-input.ts'

// test/long sends more, and every method to every path.
testHostileInput({ numRuns: 10, oneMethodIn: 5 })
