import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { AdminConfigSchema } from '#services/admin/config.ts'
import { HealthConfigSchema } from '#services/health/config.ts'
import { LoadTestConfigSchema } from '#services/load-test/config.ts'
import { type Deployment, documentsOf, filesIn, folder, type Manifest, readBase } from './manifests.ts'

const base = await readBase()
const ofKind = <M extends Manifest>(kind: string) => base.filter((each): each is M => each.kind === kind)
const deployments = ofKind<Deployment>('Deployment')
const named = (kind: string, name: string) => base.find((each) => each.kind === kind && each.metadata.name === name)
const settings = {
  'admin-service': AdminConfigSchema.properties,
  'health-service': HealthConfigSchema.properties,
  'load-test-service': LoadTestConfigSchema.properties
}
/** In which the kubelet lets a service end its work: shared/http/lifecycle.ts gives it 10 s. */
const closingSeconds = 10
const secrets = (await documentsOf('secrets.template.yaml')) as (Manifest & { stringData: Record<string, string> })[]
const partOf = { 'app.kubernetes.io/part-of': 'kops' }

t.test('each service has a deployment, a service, a budget for disruptions, and a volume for its state', async (t) => {
  t.same(deployments.map(({ metadata }) => metadata.name).sort(), Object.keys(settings).sort())
  for (const { metadata, spec } of deployments) {
    const { name } = metadata
    const labels = { 'app.kubernetes.io/name': name }
    const { containers, volumes } = spec.template.spec
    const [container] = containers
    t.equal(containers.length, 1)
    t.same(spec.selector.matchLabels, labels)
    t.match(spec.template.metadata.labels, labels)
    t.match(named('Service', name), {
      metadata: { labels },
      spec: { selector: labels, ports: [{ port: container?.ports[0]?.containerPort, targetPort: 'https' }] }
    })
    t.match(named('PodDisruptionBudget', name), { spec: { maxUnavailable: 1, selector: { matchLabels: labels } } })
    t.ok(named('PersistentVolumeClaim', name))
    t.same(
      volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
      [name]
    )
    t.match(spec, { replicas: 1, strategy: { type: 'Recreate' } }, 'one process owns the volume')
  }
})

t.test(
  'settings are those of the service, the port is the one that it listens on, and its state is on the volume',
  async (t) => {
    const shared = (named('ConfigMap', 'kops') as Manifest & { data: Record<string, string> }).data
    for (const { metadata, spec } of deployments) {
      const own = settings[metadata.name as keyof typeof settings]
      const [container] = spec.template.spec.containers
      if (!container) continue
      const given = [...Object.keys(shared), ...container.env.map(({ name }) => name)]
      for (const name of given.filter((name) => name.startsWith('KOPS_')))
        t.ok(name in own, `${metadata.name}: ${name}`)
      t.equal(container.ports[0]?.containerPort, Reflect.get(own.KOPS_PORT, 'default'))
      t.ok(await readFile(join(folder, '../..', container.args.at(-1) ?? ''), 'utf8'), 'the script exists')
      const places = Object.fromEntries(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]))
      t.equal(places['data'], shared['KOPS_DATA_DIR'])
      t.equal(places['tmp'], '/tmp')
      // Every file that a setting names is one of a Secret that the template has.
      const files = [...Object.values(shared), ...container.env.flatMap(({ value }) => value ?? [])]
      for (const file of files.filter((value) => value.startsWith('/etc/kops/'))) {
        const [, , , place = '', key = ''] = file.split('/')
        t.equal(places[place], `/etc/kops/${place}`)
        const volume = spec.template.spec.volumes.find(({ name }) => name === place)
        const secret = secrets.find(({ metadata }) => metadata.name === volume?.secret?.secretName)
        t.ok(secret && key in secret.stringData, file)
      }
    }
  }
)

t.test(
  'pods run without root, without privileges, without a token, and on a file system that they cannot write',
  async (t) => {
    for (const { spec } of deployments) {
      const pod = spec.template.spec
      t.match(pod, {
        serviceAccountName: 'kops',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } }
      })
      for (const container of pod.containers) {
        t.same(container.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] }
        })
        t.match(container.resources, { requests: { cpu: /\d/, memory: /\d/ }, limits: { memory: /\d/ } })
      }
    }
    t.match(named('ServiceAccount', 'kops'), { automountServiceAccountToken: false })
  }
)

t.test('liveness is apart from readiness, and a pod has the time to end that its service takes', async (t) => {
  const lifecycle = await readFile(join(folder, '../../shared/http/lifecycle.ts'), 'utf8')
  t.match(lifecycle, `delay: ${closingSeconds}_000`, 'what the services take at most')
  for (const { spec } of deployments) {
    const { containers, terminationGracePeriodSeconds } = spec.template.spec
    for (const { livenessProbe, readinessProbe, startupProbe, lifecycle } of containers) {
      t.equal(livenessProbe.httpGet.path, '/livez')
      t.equal(startupProbe.httpGet.path, '/livez')
      t.equal(readinessProbe.httpGet.path, '/readyz')
      const [program, seconds] = lifecycle.preStop.exec.command
      t.equal(program, 'sleep')
      t.ok(terminationGracePeriodSeconds >= Number(seconds) + closingSeconds + 2)
    }
  }
})

t.test(
  'nothing is allowed that no policy names, and the policies name the pods and ports that there are',
  async (t) => {
    interface Peer {
      podSelector?: { matchLabels: Record<string, string> }
    }
    interface Policy extends Manifest {
      spec: {
        podSelector: { matchLabels?: Record<string, string> }
        policyTypes: string[]
        ingress?: { from: Peer[]; ports: { port: string | number }[] }[]
        egress?: { to: Peer[]; ports: { port: string | number }[] }[]
      }
    }
    const policies = ofKind<Policy>('NetworkPolicy')
    t.same(named('NetworkPolicy', 'default-deny')?.['spec'], { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
    const ports = deployments.flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ ports }) => ports))
    for (const { metadata, spec } of policies.filter(({ metadata }) => metadata.name !== 'default-deny')) {
      t.same(spec.podSelector.matchLabels, partOf, metadata.name)
      for (const { from, to, ports: allowed } of [
        ...(spec.ingress ?? []).map((rule) => ({ ...rule, to: [] as Peer[] })),
        ...(spec.egress ?? []).map((rule) => ({ ...rule, from: [] as Peer[] }))
      ]) {
        t.ok(from.length + to.length > 0, `${metadata.name} does not open to everybody`)
        t.ok(allowed.length > 0, `${metadata.name} does not open every port`)
        for (const { podSelector } of [...from, ...to]) if (podSelector) t.same(podSelector.matchLabels, partOf)
        for (const { port } of allowed) {
          if (typeof port === 'string')
            t.ok(
              ports.every(({ name }) => name === port),
              `a port with the name ${port}`
            )
        }
      }
    }
  }
)

t.test('Prometheus finds every service, on a path that it has, with a token and the labels of the rules', async (t) => {
  interface Monitor extends Manifest {
    spec: {
      selector: { matchLabels?: Record<string, string>; matchExpressions?: { key: string; values: string[] }[] }
      endpoints: {
        port: string
        path?: string
        authorization: { credentials: { name: string; key: string } }
        tlsConfig: { ca: { secret: { name: string; key: string } } }
        relabelings: { targetLabel: string }[]
      }[]
    }
  }
  const monitors = ofKind<Monitor>('ServiceMonitor')
  const found = monitors.flatMap(({ spec }) => [
    ...Object.values(spec.selector.matchLabels ?? {}),
    ...(spec.selector.matchExpressions ?? []).flatMap(({ values }) => values)
  ])
  t.same(found.sort(), Object.keys(settings).sort())
  for (const { authorization, tlsConfig, relabelings, port } of monitors.flatMap(({ spec }) => spec.endpoints)) {
    t.equal(port, 'https')
    for (const { name, key } of [authorization.credentials, tlsConfig.ca.secret]) {
      t.ok(
        secrets.some(({ metadata, stringData }) => metadata.name === name && key in stringData),
        `${name}: ${key}`
      )
    }
    const labels = relabelings.map(({ targetLabel }) => targetLabel)
    t.ok(['cluster', 'instance'].every((label) => labels.includes(label)))
  }
})

t.test('no file has a secret, and no kustomization includes the template of the Secrets', async (t) => {
  t.ok(secrets.length > 0)
  for (const { kind, stringData } of secrets) {
    t.equal(kind, 'Secret')
    t.same([...new Set(Object.values(stringData))], [''])
  }
  t.same(ofKind('Secret'), [])
})

t.test('the base includes each of its files, and the overlay patches objects that the base has', async (t) => {
  interface Kustomization {
    resources: string[]
    images?: { name: string }[]
    patches?: { path: string; target?: { kind: string } }[]
  }
  const [own] = (await documentsOf('base/kustomization.yaml')) as [Kustomization]
  t.same(own.resources, await filesIn('base'))
  const [overlay] = (await documentsOf('overlays/example/kustomization.yaml')) as [Kustomization]
  const patched = overlay.patches?.map(({ path }) => path) ?? []
  t.same(
    [...overlay.resources.filter((path) => path !== '../../base'), ...patched].sort(),
    await filesIn('overlays/example')
  )
  t.same(
    overlay.images?.map(({ name }) => name),
    ['kops']
  )
  for (const { path, target } of overlay.patches ?? []) {
    for (const patch of await documentsOf(`overlays/example/${path}`)) {
      if (target) {
        t.ok(ofKind(target.kind).length > 0, path)
        t.ok(Array.isArray(patch) && patch.every(({ op }) => op === 'add'), path)
      } else {
        const { kind, metadata } = patch as Manifest
        t.ok(named(kind, metadata.name), `${path}: ${kind} ${metadata.name}`)
      }
    }
  }
})
