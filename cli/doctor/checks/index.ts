import type { Check } from '../check.ts'
import { clusterChecks } from './cluster.ts'
import { configurationChecks } from './configuration.ts'
import { connectionChecks } from './connection.ts'
import { machineChecks } from './machine.ts'
import { portChecks } from './ports.ts'
import { brokerSettingChecks } from './production/broker-settings.ts'
import { layoutChecks } from './production/layout.ts'
import { operationChecks } from './production/operation.ts'
import { securityChecks } from './production/security.ts'
import { serviceChecks } from './services.ts'
import { versionChecks } from './versions.ts'

/** The table of checks, by area. */
export const checks: readonly Check[] = [
  ...machineChecks,
  ...portChecks,
  ...versionChecks,
  ...clusterChecks,
  ...connectionChecks,
  ...serviceChecks,
  ...configurationChecks
]

/** What `--production` goes through as well. */
export const checklist: readonly Check[] = [
  ...layoutChecks,
  ...brokerSettingChecks,
  ...operationChecks,
  ...securityChecks
]
