import { createAPI, type NullableString, type Reader, Writer } from '@platformatic/kafka'

/** KIP-631. The client has no class for this API; this one is written like the client's own. */
const unregisterBrokerKey = 64

export interface UnregisterBrokerResponse {
  throttleTimeMs: number
  errorCode: number
  errorMessage: NullableString
}

/**
 * UnregisterBroker Request (Version: 0) => broker_id TAG_BUFFER
 *   broker_id => INT32
 */
export function createRequest(broker: number): Writer {
  return Writer.create().appendInt32(broker).appendTaggedFields()
}

/**
 * UnregisterBroker Response (Version: 0) => throttle_time_ms error_code error_message TAG_BUFFER
 *   throttle_time_ms => INT32
 *   error_code => INT16
 *   error_message => COMPACT_NULLABLE_STRING
 * Error codes are left in it.
 */
export function parseResponse(
  _correlationId: number,
  _apiKey: number,
  _apiVersion: number,
  reader: Reader
): UnregisterBrokerResponse {
  const response = {
    throttleTimeMs: reader.readInt32(),
    errorCode: reader.readInt16(),
    errorMessage: reader.readNullableString()
  }
  reader.readTaggedFields()
  return response
}

export const unregisterBrokerV0 = createAPI<[broker: number], UnregisterBrokerResponse>(
  unregisterBrokerKey,
  0,
  createRequest,
  parseResponse
)
