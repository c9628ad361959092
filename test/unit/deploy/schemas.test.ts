import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Namespace } from 'kubernetes-models/v1/Namespace'
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim'
import { Secret } from 'kubernetes-models/v1/Secret'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import t, { type Test } from 'tap'
import { documentsOf, type Manifest, readBase } from './manifests.ts'

/** Kubernetes' published schemas, and the Prometheus Operator's, by kind: a class that validates, and the module of its type. */
const kinds: Record<string, { model: new (data: never) => { validate(): void }; module: string }> = {
  ConfigMap: { model: ConfigMap, module: 'kubernetes-models/v1/ConfigMap' },
  Deployment: { model: Deployment, module: 'kubernetes-models/apps/v1/Deployment' },
  Namespace: { model: Namespace, module: 'kubernetes-models/v1/Namespace' },
  NetworkPolicy: { model: NetworkPolicy, module: 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy' },
  PersistentVolumeClaim: { model: PersistentVolumeClaim, module: 'kubernetes-models/v1/PersistentVolumeClaim' },
  PodDisruptionBudget: { model: PodDisruptionBudget, module: 'kubernetes-models/policy/v1/PodDisruptionBudget' },
  Secret: { model: Secret, module: 'kubernetes-models/v1/Secret' },
  Service: { model: Service, module: 'kubernetes-models/v1/Service' },
  ServiceAccount: { model: ServiceAccount, module: 'kubernetes-models/v1/ServiceAccount' },
  ServiceMonitor: {
    model: ServiceMonitor,
    module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
  }
}

const objects = [
  ...(await readBase()),
  ...((await documentsOf('secrets.template.yaml')) as Manifest[]),
  ...((await documentsOf('overlays/example/namespace.yaml')) as Manifest[])
]

/** What is wrong with an object by its schema, which allows fields that it does not have; undefined: nothing. */
function mistake(object: Manifest): string | undefined {
  const kind = kinds[object.kind]
  if (!kind) return `no schema for ${object.kind}`
  try {
    new kind.model(object as never).validate()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What TypeScript says of objects as the literals of their types: it knows every field that there is. */
async function unknownFields(t: Test, checked: readonly Manifest[]): Promise<string> {
  const lines = checked.map((object, index) => {
    const type = `import('${kinds[object.kind]?.module}').I${object.kind}`
    return `export const object${index}: ${type} = ${JSON.stringify(object)}`
  })
  const file = join(t.testdir(), 'objects.ts')
  await writeFile(file, lines.join('\n'))
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--types',
    'node',
    '--module',
    'nodenext'
  ]
  const child = spawn('tsc', [...options, file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return out
}

t.test('every object is valid by the published schema of its kind', async (t) => {
  for (const object of objects) {
    t.equal(mistake(object), undefined, `${object.kind} ${object.metadata.name}`)
    t.equal(Reflect.get(kinds[object.kind]?.model ?? {}, 'apiVersion'), object.apiVersion)
  }
})

t.test('no object has a field that its kind does not have', async (t) => {
  t.equal(await unknownFields(t, objects), '')
})

t.test('both find what is wrong', async (t) => {
  const [deployment] = objects.filter(({ kind }) => kind === 'Deployment')
  if (!deployment) throw new Error('there is no deployment')
  const wrongType = structuredClone(deployment)
  Reflect.set(Object(wrongType['spec']), 'replicas', 'one')
  t.match(mistake(wrongType), /replicas must be integer/)
  const misspelt = structuredClone(deployment)
  Reflect.set(Object(Reflect.get(Object(misspelt['spec']), 'template')).spec, 'securityContex', {})
  t.match(await unknownFields(t, [misspelt]), /securityContex/)
})
