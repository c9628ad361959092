import { mebibyte, testCostlyInput } from '../../unit/costly-input.ts'

testCostlyInput({ bodyBytes: mebibyte - 10_000, cpuMs: 1500 })
