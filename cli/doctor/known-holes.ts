import { compareReleases, releaseOf } from './release.ts'

export interface KnownHole {
  cve: string
  software: 'kafka' | 'zookeeper'
  /** Ranges of affected releases: the first affected one, and the one that is fixed. */
  affected: readonly (readonly [from: string, fixed: string])[]
  /** What it does, and where it matters. */
  summary: string
  /** error: a broker in its default configuration is affected; warning: only with a certain configuration, or its clients. */
  severity: 'error' | 'warning'
}

/** When the table below was last compared with its source. */
export const holesAsOf = '2026-11-29'
export const holesSource =
  'the CVE records of the Apache Software Foundation (cve.org; kafka.apache.org/cve-list, zookeeper.apache.org/security)'

/** Holes of Kafka and ZooKeeper themselves, the newest first. Not a scanner: their libraries have holes of their own. */
export const knownHoles: readonly KnownHole[] = [
  {
    cve: 'CVE-2026-35554',
    software: 'kafka',
    affected: [
      ['2.8.0', '3.9.2'],
      ['4.0.0', '4.0.2'],
      ['4.1.0', '4.1.2']
    ],
    summary: 'Java producers of this release can send a batch that has expired to another topic',
    severity: 'warning'
  },
  {
    cve: 'CVE-2026-33557',
    software: 'kafka',
    affected: [['4.1.0', '4.1.2']],
    summary: 'brokers accept any JWT, whoever signed it, on listeners with SASL/OAUTHBEARER',
    severity: 'warning'
  },
  {
    cve: 'CVE-2025-27818',
    software: 'kafka',
    affected: [['2.3.0', '3.9.1']],
    summary: 'whoever may set a SASL JAAS configuration can run code through LdapLoginModule (Connect, AlterConfigs)',
    severity: 'warning'
  },
  {
    cve: 'CVE-2025-27817',
    software: 'kafka',
    affected: [['3.1.0', '3.9.1']],
    summary: 'whoever may configure a client with SASL/OAUTHBEARER can read files and send requests from where it runs',
    severity: 'warning'
  },
  {
    cve: 'CVE-2025-27819',
    software: 'kafka',
    affected: [['2.0.0', '3.4.0']],
    summary: 'whoever may alter the configuration of brokers can run code through JndiLoginModule',
    severity: 'warning'
  },
  {
    cve: 'CVE-2024-56128',
    software: 'kafka',
    affected: [
      ['0.10.2.0', '3.7.2'],
      ['3.8.0', '3.8.1']
    ],
    summary: 'SCRAM over a listener without TLS can be replayed',
    severity: 'warning'
  },
  {
    cve: 'CVE-2024-27309',
    software: 'kafka',
    affected: [['3.5.0', '3.6.2']],
    summary: 'ACLs may not be enforced while a cluster is migrated from ZooKeeper to KRaft',
    severity: 'warning'
  },
  {
    cve: 'CVE-2022-34917',
    software: 'kafka',
    affected: [
      ['2.8.0', '2.8.2'],
      ['3.0.0', '3.0.2'],
      ['3.1.0', '3.1.2'],
      ['3.2.0', '3.2.3']
    ],
    summary: 'any client that can connect makes a broker run out of memory, without authentication',
    severity: 'error'
  },
  {
    cve: 'CVE-2021-38153',
    software: 'kafka',
    affected: [
      ['2.0.0', '2.6.3'],
      ['2.7.0', '2.7.2'],
      ['2.8.0', '2.8.1']
    ],
    summary: 'passwords are compared in a time that depends on them, so they can be guessed piece by piece',
    severity: 'error'
  },
  {
    cve: 'CVE-2026-84501',
    software: 'zookeeper',
    affected: [
      ['3.8.0', '3.8.7'],
      ['3.9.0', '3.9.6']
    ],
    summary: 'a client without authentication can write lines of its own into the log of a node',
    severity: 'warning'
  },
  {
    cve: 'CVE-2026-24281',
    software: 'zookeeper',
    affected: [
      ['3.8.0', '3.8.6'],
      ['3.9.0', '3.9.5']
    ],
    summary: 'with TLS, whoever controls reverse DNS can pass for another node with a certificate that is trusted',
    severity: 'warning'
  },
  {
    cve: 'CVE-2026-24308',
    software: 'zookeeper',
    affected: [
      ['3.8.0', '3.8.6'],
      ['3.9.0', '3.9.5']
    ],
    summary: 'clients write values of their configuration, which may be secrets, into their log',
    severity: 'warning'
  },
  {
    cve: 'CVE-2025-58457',
    software: 'zookeeper',
    affected: [['3.9.0', '3.9.4']],
    summary: 'AdminServer lets clients without the right to it take and restore snapshots',
    severity: 'warning'
  },
  {
    cve: 'CVE-2024-23944',
    software: 'zookeeper',
    affected: [
      ['3.6.0', '3.8.4'],
      ['3.9.0', '3.9.2']
    ],
    summary: 'persistent watches show paths of nodes that a client has no right to',
    severity: 'warning'
  },
  {
    cve: 'CVE-2023-44981',
    software: 'zookeeper',
    affected: [
      ['0', '3.7.2'],
      ['3.8.0', '3.8.3'],
      ['3.9.0', '3.9.1']
    ],
    summary: 'with SASL between nodes, anybody can join the ensemble and change all data',
    severity: 'warning'
  }
]

/** The holes of a release; undefined if the text has none. */
export function holesOf(software: KnownHole['software'], version: string): KnownHole[] | undefined {
  const release = releaseOf(version)
  if (release === undefined) return undefined
  const isIn = ([from, fixed]: readonly [string, string]) => {
    const [first, end] = [releaseOf(`${from}.0`), releaseOf(`${fixed}.0`)]
    return first && end && compareReleases(release, first) >= 0 && compareReleases(release, end) < 0
  }
  return knownHoles.filter((hole) => hole.software === software && hole.affected.some(isIn))
}
