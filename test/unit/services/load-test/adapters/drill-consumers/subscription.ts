import type { Subscription } from '#shared/kafka/subscribing/port.ts'

export const subscription: Subscription = {
  group: 'test',
  topic: 'test',
  begins: 'earliest',
  protocol: 'classic',
  instanceId: null,
  sessionTimeoutMs: 6000,
  heartbeatIntervalMs: 600,
  commit: 'processed'
}
