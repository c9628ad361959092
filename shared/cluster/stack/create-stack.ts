import { createComposeStack } from '../compose/stack.ts'
import type { ClusterDefinition } from '../definition.ts'
import type { AlertingSettings } from '../observability/index.ts'
import { createLocalStack } from './local-stack.ts'
import type { Stack } from './port.ts'

export interface StackOptions {
  projectRoot: string
  stateDir: string
  /** The user who called sudo, if any: in the local runtime the services run as that user. */
  sudo?: { uid: number; gid: number } | undefined
  /** Receivers of alerts, for up(). */
  alerting?: AlertingSettings | undefined
}

/** The stack of a definition, by its runtime. */
export function createStack(definition: ClusterDefinition, options: StackOptions): Stack {
  return definition.runtime === 'compose'
    ? createComposeStack(definition, options)
    : createLocalStack(definition, options)
}
