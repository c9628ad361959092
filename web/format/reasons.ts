import type { UnknownReason } from '#shared/contracts/common.ts'

/** Why a number is not known, for people. */
export const unknownReasons: Record<UnknownReason, string> = {
  no_commit: 'nothing is committed yet',
  offset_out_of_range: 'the committed offset is out of range',
  partition_unavailable: 'the partition has no leader',
  broker_unreachable: 'a broker does not answer',
  not_authorized: 'Kafka does not let kops read it',
  not_measured: 'it was not measured'
}

/** Where the value of a setting comes from, for people. */
export const configSources: Readonly<Record<string, string>> = {
  default: "Kafka's default",
  dynamic_topic: 'set on the topic',
  static_broker: "from the brokers' files",
  dynamic_broker: 'set on the broker',
  dynamic_default_broker: 'set for all brokers'
}
