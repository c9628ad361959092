import { parseArgs } from 'node:util'
import { saveDefinition } from '../definition.ts'
import { definitionFromEnvironment } from './config.ts'

// The agent in its container: the definition comes from docker-compose.cluster.yml, everything else is the agent's own.
const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } }, strict: false })
const stateDir = String(values['state-dir'])
await saveDefinition(stateDir, definitionFromEnvironment(stateDir))
await import('../agent/main.ts')
