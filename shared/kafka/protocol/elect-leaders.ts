import { createAPI, type NullableString, type Reader, Writer } from '@platformatic/kafka'

/** The client has no class for this API; this one is written like the client's own. */
const electLeadersKey = 43

/** KIP-460. */
export const electionTypes = { preferred: 0, unclean: 1 } as const

export interface ElectLeadersRequestTopic {
  topic: string
  partitions: number[]
}

export interface ElectLeadersResponse {
  throttleTimeMs: number
  errorCode: number
  replicaElectionResults: {
    topic: string
    partitionResults: { partitionId: number; errorCode: number; errorMessage: NullableString }[]
  }[]
}

/**
 * ElectLeaders Request (Version: 2) => election_type [topic_partitions] timeout_ms TAG_BUFFER
 *   election_type => INT8
 *   topic_partitions => topic [partitions] TAG_BUFFER    (null: all partitions)
 *     topic => COMPACT_STRING
 *     partitions => INT32
 *   timeout_ms => INT32
 */
export function createRequest(
  electionType: number,
  topics: ElectLeadersRequestTopic[] | null,
  timeoutMs: number
): Writer {
  return Writer.create()
    .appendInt8(electionType)
    .appendArray(topics, (writer, { topic, partitions }) => {
      writer.appendString(topic).appendArray(partitions, (w, partition) => w.appendInt32(partition), true, false)
    })
    .appendInt32(timeoutMs)
    .appendTaggedFields()
}

/**
 * ElectLeaders Response (Version: 2) => throttle_time_ms error_code [replica_election_results] TAG_BUFFER
 *   throttle_time_ms => INT32
 *   error_code => INT16
 *   replica_election_results => topic [partition_results] TAG_BUFFER
 *     topic => COMPACT_STRING
 *     partition_results => partition_id error_code error_message TAG_BUFFER
 *       partition_id => INT32
 *       error_code => INT16
 *       error_message => COMPACT_NULLABLE_STRING
 * Error codes are left in it.
 */
export function parseResponse(
  _correlationId: number,
  _apiKey: number,
  _apiVersion: number,
  reader: Reader
): ElectLeadersResponse {
  const response = {
    throttleTimeMs: reader.readInt32(),
    errorCode: reader.readInt16(),
    replicaElectionResults: reader.readArray((topic) => ({
      topic: topic.readString(),
      partitionResults: topic.readArray((partition) => ({
        partitionId: partition.readInt32(),
        errorCode: partition.readInt16(),
        errorMessage: partition.readNullableString()
      }))
    }))
  }
  reader.readTaggedFields()
  return response
}

export const electLeadersV2 = createAPI<
  [electionType: number, topics: ElectLeadersRequestTopic[] | null, timeoutMs: number],
  ElectLeadersResponse
>(electLeadersKey, 2, createRequest, parseResponse)
