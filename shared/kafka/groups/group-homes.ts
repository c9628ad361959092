import type { Warning } from '../../contracts/common.ts'
import type { Brokers } from '../connection/brokers.ts'
import { askEach, assertSomeAnswer, toWarnings } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import { electCoordinators, findCoordinators, keepCoordinated, type ListedGroup, listGroups } from './coordinators.ts'

/** For this long after a listing groups are taken to be where they were listed: they move when brokers come and go. */
const listedMs = 5000

/** Which broker coordinates which group. */
export interface GroupHomes {
  /**
   * Groups by their coordinator. A group that two brokers list belongs to the one that most brokers name.
   * @throws KopsError cluster_unreachable
   */
  list(signal: AbortSignal): Promise<{ listed: Map<BrokerLink, ListedGroup[]>; warnings: Warning[] }>
  /** Groups of the last listing, however old it is, by the broker that coordinated them. */
  lastListed(groups: readonly string[]): Map<BrokerLink, ListedGroup[]>
  /**
   * Coordinators of groups as the brokers have just listed them; where that is long ago, or a group was not listed, as most
   * brokers name them. A group without one is missing.
   * @throws KopsError cluster_unreachable
   */
  locate(groups: readonly string[], signal: AbortSignal): Promise<Map<string, number>>
}

export function createGroupHomes(brokers: Brokers): GroupHomes {
  let last: ReadonlyMap<string, { link: BrokerLink; group: ListedGroup }> = new Map()
  let homes = { listedAtMs: Number.NEGATIVE_INFINITY, coordinators: new Map<string, number>() }

  const list: GroupHomes['list'] = async (signal) => {
    const { answers, failures } = await askEach(await brokers.links(signal), 'Listing groups', (link) =>
      listGroups(link, signal)
    )
    assertSomeAnswer(answers, failures)
    const contested = namedTwice(answers.flatMap(([, groups]) => groups.map(({ groupId }) => groupId)))
    const elected = contested.length === 0 ? new Map<string, number>() : await coordinators(contested, signal)
    const listed = new Map(
      answers.map(([link, groups]) => [link, keepCoordinated(groups, brokers.idOf(link), elected)])
    )
    last = new Map(
      Array.from(listed).flatMap(([link, groups]) => groups.map((group) => [group.groupId, { link, group }] as const))
    )
    homes = { listedAtMs: performance.now(), coordinators: homesOf(listed) }
    return { listed, warnings: toWarnings(failures, brokers.nameOf) }
  }

  function homesOf(listed: ReadonlyMap<BrokerLink, readonly ListedGroup[]>): Map<string, number> {
    const found = new Map<string, number>()
    for (const [link, groups] of listed) {
      const id = brokers.idOf(link)
      if (id !== undefined) for (const { groupId } of groups) found.set(groupId, id)
    }
    return found
  }

  const locate: GroupHomes['locate'] = async (groups, signal) => {
    const listed = performance.now() - homes.listedAtMs < listedMs ? homes.coordinators : new Map<string, number>()
    const others = groups.filter((group) => !listed.has(group))
    const located = others.length === 0 ? new Map<string, number>() : await coordinators(others, signal)
    for (const group of groups) {
      const home = listed.get(group)
      if (home !== undefined) located.set(group, home)
    }
    return located
  }

  async function coordinators(groups: readonly string[], signal: AbortSignal): Promise<Map<string, number>> {
    const { answers, failures } = await askEach(await brokers.links(signal), 'Finding coordinators', (link) =>
      findCoordinators(link, groups, signal)
    )
    assertSomeAnswer(answers, failures)
    return electCoordinators(answers.map(([, found]) => found))
  }

  const lastListed: GroupHomes['lastListed'] = (groups) => {
    const found = groups.flatMap((group) => last.get(group) ?? [])
    const byLink = Map.groupBy(found, ({ link }) => link)
    return new Map(Array.from(byLink, ([link, homed]) => [link, homed.map(({ group }) => group)]))
  }

  return { list, locate, lastListed }
}

function namedTwice(names: readonly string[]): string[] {
  const once = new Set<string>()
  const twice = new Set<string>()
  for (const name of names) (once.has(name) ? twice : once).add(name)
  return Array.from(twice)
}
