export { createBulkProducer } from './bulk-producer.ts'
export { partitionForKey } from './partitioner.ts'
export type { BatchOutcome, BulkProducer, BulkProducerOptions, BulkRecord, Partitioner } from './port.ts'
