export { createEventConsumer, type EventConsumerOptions } from './consumer.ts'
export { createEventProducer } from './producer.ts'
