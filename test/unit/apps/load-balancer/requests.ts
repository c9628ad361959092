import type { BalancedRequest } from '#shared/contracts/load-balancer.ts'

/** A request of the simulator's document, at a time and with so much work. */
export function requestAt(timestamp: number, processing_time = 1.5): BalancedRequest {
  return {
    request_id: 12345,
    timestamp,
    processing_time,
    client_ip: '192.168.1.100',
    request_type: 'GET',
    endpoint: '/api/users',
    payload_size: 1024
  }
}
