import { mebibyte, testCostlyInput } from './costly-input.ts'

// A quarter of what a body may have; test/long has the whole.
testCostlyInput({ bodyBytes: mebibyte / 4, cpuMs: 500 })
