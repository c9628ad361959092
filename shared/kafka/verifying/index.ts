export { createIndependentReader, type IndependentReaderOptions } from './kafkajs-reader.ts'
export type { IndependentReader, PartitionReading, ReadTopicOptions, StoredRecord, TopicReading } from './port.ts'
export { registerSnappy } from './snappy-codec.ts'
