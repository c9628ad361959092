export {
  accessFiles,
  ensureMonitoringAccess,
  loginHeaders,
  loginHint,
  monitoringFiles,
  monitoringUser,
  newLogin
} from './access.ts'
export { type AlertWebhook, renderAlertmanagerConfig } from './alertmanager-config.ts'
export {
  findObservability,
  isFound,
  type Observability,
  type ObservabilityMissing,
  observabilityCacheDir
} from './binaries.ts'
export {
  alertmanagerCommand,
  type ObservabilityCommand,
  type ObservabilityDirs,
  prometheusCommand
} from './commands.ts'
export {
  fastTiming,
  type ObservabilityTiming,
  renderPrometheusConfig,
  renderRules,
  writeComposeConfig,
  writeComposeTargets,
  writeLocalTargets,
  writeObservabilityConfig
} from './configuration.ts'
export {
  type AlertingSettings,
  AlertingSettingsSchema,
  parseAlertingSettings,
  type Receivers,
  readAlertingSettings,
  renderReceivers
} from './receivers.ts'
export { jobs, localAlertmanagers, localTargets, type TargetGroup } from './targets.ts'
