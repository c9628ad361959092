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
  type AlertWebhook,
  fastTiming,
  type ObservabilityTiming,
  renderAlertmanagerConfig,
  renderPrometheusConfig,
  renderRules,
  writeObservabilityConfig
} from './configuration.ts'
export { jobs, localAlertmanagers, localTargets, type TargetGroup } from './targets.ts'
