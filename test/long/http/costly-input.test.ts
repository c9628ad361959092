import { mebibyte, testCostlyInput } from '../../unit/costly-input.ts'

testCostlyInput({ bytes: mebibyte - 10_000, everyPlace: true, cpuMs: 1500 })
