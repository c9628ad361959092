import { ResponseError } from '@platformatic/kafka'
import t from 'tap'
import { answerOfController } from '#shared/kafka/connection/controller.ts'

const createTopics = 19
const alterPartitionReassignments = 45

t.test('a refusal by the controller is an answer; one because it is not the controller is thrown', async (t) => {
  const response = { topics: [] }
  const exists = new ResponseError(createTopics, 7, { '/topics/0': [36, null], '/topics/1': [37, null] }, response)
  t.equal(await answerOfController(Promise.reject(exists)), response)
  const movedOn = [
    new ResponseError(createTopics, 7, { '/topics/0': [41, null], '/topics/1': [41, null] }, response),
    new ResponseError(alterPartitionReassignments, 0, { '': [41, null] }, response)
  ]
  for (const error of movedOn) await t.rejects(answerOfController(Promise.reject(error)), error)
})
