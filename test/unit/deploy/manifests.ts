import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export const folder = join(import.meta.dirname, '../../../deploy/kubernetes')

/** As much of an object as every one has. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string> }
  [field: string]: unknown
}

export interface Container {
  name: string
  args: string[]
  ports: { name: string; containerPort: number }[]
  env: { name: string; value?: string }[]
  envFrom: { configMapRef: { name: string } }[]
  volumeMounts: { name: string; mountPath: string }[]
  lifecycle: { preStop: { exec: { command: string[] } } }
  securityContext: object
  resources: object
  startupProbe: Probe
  livenessProbe: Probe
  readinessProbe: Probe
}

interface Probe {
  httpGet: { path: string; port: string; scheme: string }
}

export interface Deployment extends Manifest {
  spec: {
    replicas: number
    strategy: { type: string }
    selector: { matchLabels: Record<string, string> }
    template: {
      metadata: { labels: Record<string, string> }
      spec: {
        serviceAccountName: string
        automountServiceAccountToken: boolean
        terminationGracePeriodSeconds: number
        securityContext: object
        containers: Container[]
        volumes: { name: string; persistentVolumeClaim?: { claimName: string }; secret?: { secretName: string } }[]
      }
    }
  }
}

/** The documents of a file below deploy/kubernetes. */
export async function documentsOf(path: string): Promise<unknown[]> {
  const documents = parseAllDocuments(await readFile(join(folder, path), 'utf8'))
  return documents.map((document) => {
    const [error] = document.errors
    if (error) throw error
    return document.toJS()
  })
}

/** The YAML files of a folder below deploy/kubernetes, without its kustomization. */
export async function filesIn(path: string): Promise<string[]> {
  const names = await readdir(join(folder, path))
  return names.filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml').sort()
}

/** Every object of the base. */
export async function readBase(): Promise<Manifest[]> {
  const documents = await Promise.all((await filesIn('base')).map((name) => documentsOf(`base/${name}`)))
  return documents.flat() as Manifest[]
}
