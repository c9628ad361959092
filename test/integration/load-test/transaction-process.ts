/** A producer in the middle of a transaction, until somebody ends it. Its options come as JSON. */
import { type BulkProducerOptions, durableSettings, type TransactionalOptions } from '#shared/kafka/producing/port.ts'
import { createTransactionalProducer } from '#shared/kafka/producing/transactional-producer.ts'
import { connection } from '../support/under-test.ts'

/** @param options beside those of every producer */
export function ownProducer(
  options: Pick<BulkProducerOptions, 'topic'> & Pick<TransactionalOptions, 'transactionalId'>
) {
  return createTransactionalProducer({
    ...{ ...connection, ...durableSettings, ...options, clientId: 'kops-test' },
    ...{ requestTimeoutMs: 5000, deliveryTimeoutMs: 20_000, transactionTimeoutMs: 600_000 },
    onOutcome: () => {}
  })
}

if (process.send) {
  const producer = ownProducer(JSON.parse(process.argv[2] ?? '{}'))
  await producer.open()
  await producer.begin()
  for (let nth = 0; nth < 10; nth += 1)
    producer.append({ partition: 0, key: null, value: Buffer.from('of the killed') })
  await producer.flush()
  process.send('in mid-transaction')
}
