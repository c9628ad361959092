import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'

const file = new URL('../../../../../docker-compose.cluster.yml', import.meta.url)
const { services } = parse(await readFile(file, 'utf8'), { merge: true })
const command: string[] = services.agent.command
const argument = (name: string) => command.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3) ?? ''

/** The folders of a service's container and what is mounted there. */
function mountsOf(service: string): Map<string, string> {
  const volumes: string[] = services[service].volumes ?? []
  return new Map(
    volumes.map((volume) => {
      // A variable's default may have colons, and so may a mode come last.
      const [, source = '', target = ''] =
        /^(.*?):(\/[^:]*)(?::ro)?$/.exec(volume.replace(/\$\{(\w+)[^}]*\}/, '$1')) ?? []
      return [target, source]
    })
  )
}

t.test(
  'only load-test-service gets the folder of the socket for drills, and nothing the one of the full socket',
  async (t) => {
    const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'))
    const [full, drills] = [folderOf(argument('socket')), folderOf(argument('drills-socket'))]
    t.not(full, drills)
    t.equal(services['load-test-service'].environment.KOPS_AGENT_SOCKET, argument('drills-socket'))
    const agent = mountsOf('agent')
    const where = (source: string | undefined) =>
      Object.keys(services).filter((name) => source !== undefined && [...mountsOf(name).values()].includes(source))
    t.equal(agent.get(full), 'KOPS_AGENT_DIR')
    t.same(where(agent.get(full)), ['agent'])
    t.same(where(agent.get(drills)), ['agent', 'load-test-service'])
    t.equal(mountsOf('load-test-service').get(drills), agent.get(drills))
  }
)

t.test('the full socket is for whoever ran setup, and health is asked where root in the container may', async (t) => {
  t.match(argument('socket-uid'), /^\$\{KOPS_SETUP_UID:-/)
  t.match(services.agent.healthcheck.test.join(' '), `socketPath:"${argument('drills-socket')}"`)
})
