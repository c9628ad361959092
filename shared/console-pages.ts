/**
 * The pages of the console by the first part of their address; admin-service answers each of these, and all addresses below it, with
 * the console's document. The empty one is the overview.
 */
export const consolePages = [
  '',
  'topics',
  'groups',
  'brokers',
  'reassignments',
  'load',
  'capacity',
  'drills',
  'alerts',
  'catalogs',
  'acls',
  'dead-letters',
  'connect',
  'audit',
  'settings'
] as const
export type ConsolePage = (typeof consolePages)[number]
