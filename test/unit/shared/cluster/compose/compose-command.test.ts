import t from 'tap'
import { type ComposeFindings, chooseCompose } from '#shared/cluster/compose/compose-command.ts'

const everything: ComposeFindings = {
  dockerClient: 'Docker version 20.10.24',
  engine: '20.10.24',
  composeV2: '2.40.3',
  composeV1: '1.29.2'
}

t.test('the Compose command, and what is missing', async (t) => {
  const cases: { what: string; found: Partial<ComposeFindings>; command: string[] | undefined; missing: RegExp[] }[] = [
    { what: 'both versions: the plugin', found: {}, command: ['docker', 'compose'], missing: [] },
    { what: 'version 1 alone', found: { composeV2: undefined }, command: ['docker-compose'], missing: [] },
    {
      what: 'no Compose',
      found: { composeV1: undefined, composeV2: undefined },
      command: undefined,
      missing: [/Compose is not installed/]
    },
    {
      what: 'no engine',
      found: { engine: undefined },
      command: ['docker', 'compose'],
      missing: [/no Docker engine answers/]
    },
    {
      what: 'nothing at all: the engine is not missed beside its client',
      found: { dockerClient: undefined, engine: undefined, composeV1: undefined, composeV2: undefined },
      command: undefined,
      missing: [/docker is not installed/, /Compose is not installed/]
    }
  ]
  for (const { what, found, command, missing } of cases) {
    const chosen = chooseCompose({ ...everything, ...found })
    t.same(chosen.command, command, what)
    t.equal(chosen.available, missing.length === 0, `${what}: available`)
    t.equal(chosen.missing.length, missing.length, `${what}: what is missing`)
    missing.forEach((pattern, index) => {
      t.match(chosen.missing[index], pattern)
    })
  }
})
