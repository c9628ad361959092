import type { ConsolePage } from '#shared/console-pages.ts'

/** Which page an address is, with what it names. */
export type PageAddress =
  | { page: 'overview' }
  | { page: 'topics' }
  | { page: 'topic'; topic: string; tab: TopicTab; partition?: number; offset?: number }
  | { page: 'groups' }
  | { page: 'group'; group: string }
  | { page: 'brokers' }
  | { page: 'broker'; broker: number }
  | { page: 'load' }
  | { page: 'loadTest'; id: string }
  | { page: 'newLoadTest' }
  | { page: 'compareLoadTests' }
  | { page: 'capacity' }
  | { page: 'drills' }
  | { page: 'drill'; id: string }
  | { page: 'newDrill' }
  | { page: 'scorecard' }
  | { page: 'gameDays' }
  | { page: 'gameDay'; id: string }
  | { page: 'newGameDay' }
  | { page: 'alerts' }
  | { page: 'audit' }
  | { page: 'catalogs'; catalog?: string }
  | { page: 'acls' }
  | { page: 'dead-letters'; queue?: string }
  | { page: 'reassignments' }
  | { page: 'connect'; connector?: string }
  | { page: 'settings' }
  | { page: 'unknown' }

export const topicTabs = ['partitions', 'config', 'messages', 'groups'] as const
export type TopicTab = (typeof topicTabs)[number]

/** Addresses below /drills that are no drill's. */
const ofDrills: Record<string, PageAddress> = {
  new: { page: 'newDrill' },
  scorecard: { page: 'scorecard' },
  gamedays: { page: 'gameDays' }
}
/** Addresses below /load that are no load test's. */
const ofLoad: Record<string, PageAddress> = {
  new: { page: 'newLoadTest' },
  compare: { page: 'compareLoadTests' }
}

const single: Record<string, PageAddress> = {
  '': { page: 'overview' },
  topics: { page: 'topics' },
  groups: { page: 'groups' },
  brokers: { page: 'brokers' },
  load: { page: 'load' },
  capacity: { page: 'capacity' },
  drills: { page: 'drills' },
  alerts: { page: 'alerts' },
  audit: { page: 'audit' },
  catalogs: { page: 'catalogs' },
  acls: { page: 'acls' },
  'dead-letters': { page: 'dead-letters' },
  reassignments: { page: 'reassignments' },
  connect: { page: 'connect' },
  settings: { page: 'settings' }
}

/** The page at a path. */
export function pageAt(path: string): PageAddress {
  const parts = path
    .replace(/^\/|\/$/g, '')
    .split('/')
    .map(decoded)
  const [name = '', noun, ...rest] = parts
  if (noun === undefined) return single[name] ?? { page: 'unknown' }
  if (noun === '') return { page: 'unknown' }
  if (name === 'topics') return topicPage(noun, rest)
  if (name === 'groups' && rest.length === 0) return { page: 'group', group: noun }
  if (name === 'brokers' && rest.length === 0 && /^\d{1,9}$/.test(noun)) return { page: 'broker', broker: Number(noun) }
  if (name === 'catalogs' && rest.length === 0) return { page: 'catalogs', catalog: noun }
  if (name === 'dead-letters' && rest.length === 0) return { page: 'dead-letters', queue: noun }
  if (name === 'connect' && rest.length === 0) return { page: 'connect', connector: noun }
  if (name === 'load' && rest.length === 0) return ofLoad[noun] ?? { page: 'loadTest', id: noun }
  if (name === 'drills') return drillPage(noun, rest)
  return { page: 'unknown' }
}

function drillPage(noun: string, [id, ...rest]: string[]): PageAddress {
  if (id === undefined) return ofDrills[noun] ?? { page: 'drill', id: noun }
  if (noun !== 'gamedays' || id === '' || rest.length > 0) return { page: 'unknown' }
  return id === 'new' ? { page: 'newGameDay' } : { page: 'gameDay', id }
}

function topicPage(topic: string, [tab = 'partitions', partition, offset, ...rest]: string[]): PageAddress {
  const known = topicTabs.find((each) => each === tab)
  if (known === undefined || rest.length > 0) return { page: 'unknown' }
  if (partition === undefined) return { page: 'topic', topic, tab: known }
  if (known !== 'messages' || !/^\d{1,10}$/.test(partition) || !/^\d{1,16}$/.test(offset ?? '')) {
    return { page: 'unknown' }
  }
  return { page: 'topic', topic, tab: known, partition: Number(partition), offset: Number(offset) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

type Query = Record<string, string | number | boolean | undefined>

/** The address of a page; parameters that are undefined, false or empty are left out. */
export function addressOf(parts: (string | number)[], query: Query = {}): string {
  const path = `/${parts.map((part) => encodeURIComponent(part)).join('/')}`
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '' && value !== false) search.set(name, String(value))
  }
  return search.size === 0 ? path : `${path}?${search}`
}

export const addresses = {
  overview: '/',
  topic: (topic: string, tab: TopicTab = 'partitions') =>
    addressOf(tab === 'partitions' ? ['topics', topic] : ['topics', topic, tab]),
  message: (topic: string, partition: number, offset: number) =>
    addressOf(['topics', topic, 'messages', partition, offset]),
  group: (group: string) => addressOf(['groups', group]),
  broker: (broker: number) => addressOf(['brokers', broker]),
  drill: (id: string, query: Query = {}) => addressOf(['drills', id], query),
  newDrill: (query: Query = {}) => addressOf(['drills', 'new'], query),
  scorecard: '/drills/scorecard',
  gameDays: '/drills/gamedays',
  newGameDay: (query: Query = {}) => addressOf(['drills', 'gamedays', 'new'], query),
  gameDay: (id: string) => addressOf(['drills', 'gamedays', id]),
  audit: (query: Query) => addressOf(['audit'], query)
}

/** A page in the navigation. */
export interface NavigationItem {
  name: ConsolePage
  label: string
  /** After `g`. */
  key?: string
}

export const navigation: readonly (readonly NavigationItem[])[] = [
  [
    { name: '', label: 'Overview', key: 'o' },
    { name: 'topics', label: 'Topics', key: 't' },
    { name: 'groups', label: 'Groups', key: 'g' },
    { name: 'brokers', label: 'Brokers', key: 'b' },
    { name: 'reassignments', label: 'Reassignments' }
  ],
  [
    { name: 'load', label: 'Load tests', key: 'l' },
    { name: 'capacity', label: 'Capacity' },
    { name: 'drills', label: 'Drills', key: 'd' }
  ],
  [
    { name: 'alerts', label: 'Alerts', key: 'a' },
    { name: 'audit', label: 'Audit' },
    { name: 'catalogs', label: 'Catalogs' },
    { name: 'acls', label: 'ACLs' },
    { name: 'dead-letters', label: 'Dead letters' },
    { name: 'connect', label: 'Connect' },
    { name: 'settings', label: 'Settings' }
  ]
]
