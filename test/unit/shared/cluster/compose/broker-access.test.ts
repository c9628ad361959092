import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createBrokerAccess } from '#shared/cluster/compose/broker-access.ts'
import { type ClusterDefinition, defaultHeap, defaultName, defaultPorts } from '#shared/cluster/definition.ts'
import { ensureCredentials } from '#shared/cluster/security/credentials.ts'
import { grantAccess } from '#shared/cluster/security/grant-access.ts'

const definition: ClusterDefinition = {
  id: 'abc123',
  name: defaultName,
  runtime: 'compose',
  security: 'sasl_ssl',
  ports: defaultPorts,
  heap: defaultHeap
}

/** A state directory, and a Docker client that keeps its calls and what it reads; the broker's volume is a file. */
async function prepare(t: Test) {
  const folder = t.testdir({
    docker: `#!/bin/sh
cd "$(dirname "$0")"
case "$*" in
  *' cat '*) cat volume ;;
  *' dd '*) cat >volume ;;
  *) [ -e running ] && echo overlap >>calls
    touch running; echo "$*" >>calls; cat >>input; sleep 0.05; rm running ;;
esac
`
  })
  await chmod(join(folder, 'docker'), 0o755)
  const { env } = process
  t.teardown(() => {
    process.env = env
  })
  process.env = { PATH: `${folder}:/usr/bin:/bin` }
  await ensureCredentials(folder, definition)
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')
  return {
    grant: () => grantAccess(folder, definition, createBrokerAccess('kafka-1')),
    calls: async () => (await read('calls')).trim().split('\n'),
    input: () => read('input'),
    password: (await read('security/kops/password')).trim()
  }
}

t.test("Kafka's tools run in the broker's container, one after the other, and read the password", async (t) => {
  const { grant, calls, input, password } = await prepare(t)
  await grant()
  const made = await calls()
  t.equal(made.filter((call) => call.includes('ConfigCommand')).length, 1)
  t.equal(made.filter((call) => call.includes('AclCommand')).length, 4)
  t.equal(made.length, 5, 'none began before the one before had ended')
  for (const call of made) {
    t.ok(call.startsWith('exec -i kafka-1 java '))
    t.match(call, '--bootstrap-server kafka-1:9091 --command-config /etc/kops/security/brokers/admin.properties')
    t.notOk(call.includes(password), 'everyone sees arguments')
  }
  t.equal(await input(), `SCRAM-SHA-512=iterations=8192,password=${password}\n`)
})

t.test('access is given once to the data of a broker', async (t) => {
  const { grant, calls } = await prepare(t)
  await grant()
  await grant()
  t.equal((await calls()).length, 5)
})
