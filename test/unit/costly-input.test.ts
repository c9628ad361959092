import { mebibyte, testCostlyInput } from './costly-input.ts'

// A sixteenth of what a body may have; test/long has the whole.
testCostlyInput({ bodyBytes: mebibyte / 16, cpuMs: 250 })
