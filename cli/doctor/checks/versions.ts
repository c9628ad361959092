import { modeOf } from '#shared/cluster/definition.ts'
import { check, error, info, ok, problemsOr, unknown, warning } from '../check.ts'
import { isAtLeast } from '../release.ts'

const javaLeast = '17'

/** `17.0.12` of `openjdk version "17.0.12" 2024-07-16`; undefined if it is another text. */
export function javaRelease(output: string): string | undefined {
  return /version "(\d+(?:[._]\d+)*)/.exec(output)?.[1]
}

/** What runs here, and what should. */
export const versionChecks = [
  check('versions.node', ['node'], ({ node: { running, pinned, least } }) => {
    if (running === pinned) return ok(`Node.js ${running}, as pinned`)
    return isAtLeast(running, least)
      ? info(`Node.js ${running}; ${pinned} is pinned and tested`, 'Run ./kops, which uses the pinned one')
      : error(`Node.js ${running}; ${least} is needed`, 'Run ./setup.sh, and then ./kops')
  }),

  check('versions.java', ['java'], ({ java }) => {
    if (java === null) return info('nodes run in containers, which have their own Java')
    const release = javaRelease(java)
    const advice = `apt-get install openjdk-${javaLeast}-jre-headless, or set JAVA_HOME`
    if (release === undefined) {
      return /not found|no such file/i.test(java)
        ? error('java was not found', advice)
        : unknown(`java -version answered without a version: ${java.slice(0, 80)}`, advice)
    }
    return isAtLeast(`${release}.0`, `${javaLeast}.0`)
      ? ok(`Java ${release}`)
      : error(`Java ${release}; ${javaLeast} is needed`, advice)
  }),

  check('versions.kafka', ['distribution', 'definition'], ({ distribution: { kafka }, definition }) => {
    if (kafka === null) return error("Kafka's jars are missing", './setup.sh downloads them')
    const mode = modeOf(definition)
    const [from, before] = mode === 'kraft' ? ['4.0', '5.0'] : ['3.9', '4.0']
    return isAtLeast(kafka, from) && !isAtLeast(kafka, before)
      ? ok(`Kafka ${kafka}`)
      : error(`Kafka ${kafka} is in place; the mode ${mode} needs ${from}`, './setup.sh downloads it')
  }),

  check('versions.zookeeper', ['health', 'distribution', 'definition'], ({ health, distribution, definition }) => {
    if (modeOf(definition) === 'kraft') return []
    const installed = distribution.zookeeper
    const running = health.zookeepers.flatMap(({ name, version }) => (version === null ? [] : [{ name, version }]))
    if (running.length === 0) return unknown('no ZooKeeper node named its version', 'kops cluster status')
    return problemsOr(
      running
        .filter(({ version }) => installed !== null && version !== installed)
        .map(({ name, version }) =>
          warning(`${name} runs ZooKeeper ${version}; ${installed} is installed`, `kops cluster restart ${name}`)
        ),
      `ZooKeeper ${[...new Set(running.map(({ version }) => version))].join(', ')}`
    )
  })
]
