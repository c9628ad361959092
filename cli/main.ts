import { personAtTerminal } from './confirm.ts'
import { terminal } from './output.ts'
import { run } from './run.ts'

await run({ output: terminal, person: personAtTerminal })
