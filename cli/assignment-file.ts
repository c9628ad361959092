import { Type } from 'typebox'
import Value from 'typebox/value'
import { type PartitionAssignment, PartitionAssignmentSchema } from '#shared/contracts/reassignments.ts'
import { UsageError } from './output.ts'
import { readJson, readText } from './standard-input.ts'

const FileSchema = Type.Object({ partitions: Type.Array(Type.Object(PartitionAssignmentSchema.properties)) })

/**
 * Reads partition assignments from a file: a plan written by `kops reassignments plan --json`, or a file of
 * kafka-reassign-partitions. Its `log_dirs` may only be `any`: kops leaves the choice to the broker.
 * @throws UsageError if it is neither
 */
export async function readAssignments(file: string): Promise<PartitionAssignment[]> {
  const value = readJson(await readText(file), file)
  if (!Value.Check(FileSchema, value)) {
    const [first] = Value.Errors(FileSchema, value)
    const field = first?.instancePath.slice(1).replaceAll('/', '.') || 'the file'
    throw new UsageError(`${file} is not a plan: ${field} ${first?.message ?? 'is invalid'}`)
  }
  return value.partitions.map((item) => {
    const logDirs: unknown = 'log_dirs' in item ? item.log_dirs : undefined
    if (Array.isArray(logDirs) && logDirs.some((each) => each !== 'any')) {
      throw new UsageError(`${file} names log directories (${item.topic}-${item.partition}): only "any" is supported`)
    }
    return { topic: item.topic, partition: item.partition, replicas: item.replicas }
  })
}
