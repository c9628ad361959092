import { mebibyte, testCostlyInput } from './costly-input.ts'

// A sixteenth of what a body may have; test/long has the whole.
testCostlyInput({ bytes: mebibyte / 16, everyPlace: false, cpuMs: 250 })
