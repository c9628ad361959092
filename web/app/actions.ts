import type { Route } from '../api/routes.ts'
import { addresses, addressOf } from './pages.ts'

/** Something to do: an address that shows a page or opens a plan. None carries anything out. */
export interface OfferedAction {
  label: string
  to: string
  /** The call that it leads to, which this caller may be refused. */
  route?: Route
  /** It ends or removes something. */
  danger?: boolean
}

export function topicActions(topic: string): OfferedAction[] {
  return [
    { label: 'Messages', to: addresses.topic(topic, 'messages'), route: 'GET /api/topics/{topicName}/messages' },
    { label: 'Settings', to: addresses.topic(topic, 'config') },
    { label: 'Consumer groups', to: addresses.topic(topic, 'groups') },
    { label: 'Who may do what', to: addressOf(['acls'], { type: 'TOPIC', name: topic, pattern: 'MATCH' }) },
    {
      label: 'Change the replication factor',
      to: addressOf(['reassignments'], { do: 'factor', topic }),
      route: 'PUT /api/topics/{topicName}/replication-factor'
    },
    {
      label: 'Delete',
      to: `${addresses.topic(topic)}?do=delete`,
      route: 'DELETE /api/topics/{topicName}',
      danger: true
    }
  ]
}

export function groupActions(group: string): OfferedAction[] {
  return [
    {
      label: 'Reset offsets',
      to: `${addresses.group(group)}?do=reset`,
      route: 'POST /api/groups/{group}/reset-offsets',
      danger: true
    },
    { label: 'Who may do what', to: addressOf(['acls'], { type: 'GROUP', name: group, pattern: 'MATCH' }) }
  ]
}

export function brokerActions(broker: number): OfferedAction[] {
  return [
    { label: 'What if it is lost', to: addresses.broker(broker) },
    {
      label: 'Drain',
      to: addressOf(['reassignments'], { do: 'drain', broker }),
      route: 'POST /api/brokers/{brokerId}/drain'
    },
    {
      label: 'Refill',
      to: addressOf(['reassignments'], { do: 'refill', broker }),
      route: 'POST /api/brokers/{brokerId}/refill'
    }
  ]
}

export function drillActions({ id, node }: { id: string; node: string }): OfferedAction[] {
  const broker = /^kafka-(\d{1,9})$/.exec(node)?.[1]
  return [
    { label: 'What happened', to: addressOf(['drills', id]) },
    ...(broker === undefined ? [] : [{ label: `The broker ${node}`, to: addresses.broker(Number(broker)) }])
  ]
}

export function runActions({ id, topic }: { id: string; topic: string }): OfferedAction[] {
  return [
    { label: 'Its result', to: addressOf(['load', id]) },
    { label: 'Run again, with changes', to: addressOf(['load', 'new'], { run: id }), route: 'POST /api/loadtest/runs' },
    { label: 'The topic', to: addresses.topic(topic) }
  ]
}

/** What the palette offers besides pages and names. */
export const generalActions: readonly OfferedAction[] = [
  { label: 'Create a topic', to: '/topics?do=create' },
  { label: 'Start a drill', to: '/drills/new' },
  { label: 'Start a game day', to: '/drills/gamedays/new', route: 'POST /api/gamedays' },
  { label: 'Start a load test', to: '/load/new', route: 'POST /api/loadtest/runs' },
  { label: 'Measure the capacity', to: '/capacity?do=measure', route: 'POST /api/capacity' },
  { label: 'Create ACLs', to: '/acls?do=create' },
  { label: 'Drain a broker', to: '/reassignments?do=drain' },
  { label: 'Refill a broker', to: '/reassignments?do=refill' },
  { label: 'Balance replicas and leaders', to: '/reassignments?do=balance' },
  { label: 'Change a replication factor', to: '/reassignments?do=factor' },
  { label: 'Elect preferred leaders', to: '/reassignments?do=elect' },
  { label: 'Cancel reassignments', to: '/reassignments?do=cancel' }
]
