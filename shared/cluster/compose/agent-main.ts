import { isDeepStrictEqual, parseArgs } from 'node:util'
import { loadDefinition, saveDefinition } from '../definition.ts'
import { definitionFromEnvironment } from './config.ts'

// The agent in its container: the definition comes from docker-compose.cluster.yml, everything else is the agent's own.
const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } }, strict: false })
const stateDir = String(values['state-dir'])
const definition = definitionFromEnvironment(stateDir)
// An agent that starts again on a full disk must get to the faults that it left.
const before = await loadDefinition(stateDir).catch(() => undefined)
if (!isDeepStrictEqual(before, definition)) await saveDefinition(stateDir, definition)
await import('../agent/main.ts')
