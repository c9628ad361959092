import {
  type API,
  apiVersionsV3,
  consumerGroupDescribeV0,
  describeConfigsV4,
  describeGroupsV5,
  describeLogDirsV4,
  describeTransactionsV0,
  findCoordinatorV4,
  listGroupsV4,
  listGroupsV5,
  listOffsetsV6,
  listOffsetsV7,
  listOffsetsV8,
  listOffsetsV9,
  metadataV9,
  metadataV10,
  metadataV11,
  metadataV12,
  offsetFetchV8,
  offsetForLeaderEpochV4
} from '@platformatic/kafka'
import { KopsError } from '../../errors/catalog.ts'

/** The versions of each API that kops supports, the preferred one first. All of them work with Kafka 3.3 to 4.1. */
export const spoken = {
  apiVersions: [apiVersionsV3.api],
  metadata: [metadataV12.api, metadataV11.api, metadataV10.api, metadataV9.api],
  offsetForLeaderEpoch: [offsetForLeaderEpochV4.api],
  listOffsets: [listOffsetsV9.api, listOffsetsV8.api, listOffsetsV7.api, listOffsetsV6.api],
  // From version 8 on, one request carries many groups (KIP-709).
  offsetFetch: [offsetFetchV8.api],
  findCoordinator: [findCoordinatorV4.api],
  // Version 5 reports the group's type (KIP-848).
  listGroups: [listGroupsV5.api, listGroupsV4.api],
  describeGroups: [describeGroupsV5.api],
  consumerGroupDescribe: [consumerGroupDescribeV0.api],
  describeLogDirs: [describeLogDirsV4.api],
  describeConfigs: [describeConfigsV4.api],
  describeTransactions: [describeTransactionsV0.api]
} as const

export interface VersionRange {
  minVersion: number
  maxVersion: number
}

/**
 * The first of our versions that a broker offers, by its ApiVersions answer.
 * @param offered ranges by API key
 * @throws KopsError kafka_refused with kafkaError UNSUPPORTED_VERSION when there is none
 */
export function chooseVersion<Version extends Pick<API<never, unknown>, 'key' | 'version'>>(
  versions: readonly Version[],
  offered: ReadonlyMap<number, VersionRange>
): Version {
  const chosen = versions.find(({ key, version }) => {
    const range = offered.get(key)
    return range !== undefined && version >= range.minVersion && version <= range.maxVersion
  })
  if (chosen) return chosen
  const wanted = versions.map(({ version }) => version).join(', ')
  throw new KopsError('kafka_refused', `The broker offers no version (${wanted}) of API ${versions[0]?.key}`, {
    kafkaError: 'UNSUPPORTED_VERSION'
  })
}
