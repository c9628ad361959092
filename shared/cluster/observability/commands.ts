import { join } from 'node:path'
import type { ClusterDefinition } from '../definition.ts'
import type { Observability } from './binaries.ts'

/** A process to run: an absolute program, its arguments, and the folder to start it in where that matters. */
export interface ObservabilityCommand {
  command: string
  args: string[]
  cwd?: string
  url: string
  /** Answers 200, to whom it lets in, once it is ready. */
  readyUrl: string
}

export interface ObservabilityDirs {
  /** Absolute; where writeObservabilityConfig() wrote. */
  configDir: string
  /** Absolute; created by the program itself. */
  dataDir: string
  /** Absolute; who may log in. */
  webConfig: string
}

/**
 * The command that runs Prometheus for a cluster on this machine. It listens only on 127.0.0.1. The lifecycle API stays
 * off, because a web page of any origin could post to it; SIGHUP reloads the configuration. For the same reason only
 * its own pages may read the API in a browser; Grafana and kops read it from a process.
 */
export function prometheusCommand(
  found: Pick<Observability, 'prometheus' | 'webAssets'>,
  definition: Pick<ClusterDefinition, 'ports' | 'name'>,
  dirs: ObservabilityDirs
): ObservabilityCommand {
  const port = definition.ports.prometheus
  return {
    command: found.prometheus,
    args: [
      `--config.file=${join(dirs.configDir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${dirs.dataDir}`,
      '--storage.tsdb.retention.time=15d',
      '--storage.tsdb.retention.size=1GB',
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.config.file=${dirs.webConfig}`,
      `--web.external-url=http://localhost:${port}/`,
      `--web.page-title=${definition.name}`,
      `--web.cors.origin=http://localhost:${port}`,
      // Only Debian's build has this flag; without it it looks where its package would be installed.
      ...(found.webAssets ? [`--web.local-assets=${found.webAssets}`] : [])
    ],
    url: `http://127.0.0.1:${port}`,
    readyUrl: `http://127.0.0.1:${port}/-/ready`
  }
}

/**
 * The command that runs Alertmanager for a cluster on this machine. The empty cluster address matters: without it
 * Alertmanager opens 0.0.0.0:9094 for its peers, which is a broker's port here.
 */
export function alertmanagerCommand(
  found: Pick<Observability, 'alertmanager' | 'workingDir'>,
  definition: Pick<ClusterDefinition, 'ports'>,
  dirs: ObservabilityDirs
): ObservabilityCommand {
  const port = definition.ports.alertmanager
  return {
    command: found.alertmanager,
    args: [
      `--config.file=${join(dirs.configDir, 'alertmanager.yml')}`,
      `--storage.path=${dirs.dataDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.config.file=${dirs.webConfig}`,
      `--web.external-url=http://localhost:${port}/`,
      '--cluster.listen-address='
    ],
    ...(found.workingDir && { cwd: found.workingDir }),
    url: `http://127.0.0.1:${port}`,
    readyUrl: `http://127.0.0.1:${port}/-/ready`
  }
}
