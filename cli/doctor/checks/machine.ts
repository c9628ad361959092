import { heapBytes } from '#shared/cluster/heap.ts'
import { bytes } from '../../output.ts'
import { check, error, info, ok, problemsOr, unknown, warning } from '../check.ts'

const GiB = 2 ** 30
const MiB = 2 ** 20

/** Kafka's documentation asks for 100,000; a broker keeps two files and an index open for each segment. */
const filesEnough = 10_000
const filesLeast = 4096

/** What the machine has, and what nodes and faults need of it. */
export const machineChecks = [
  check('machine.processors', ['machine'], ({ machine: { processors } }) =>
    processors >= 2
      ? ok(`${processors} processors`)
      : warning('1 processor', 'Three brokers share it: give the machine two at least, or expect timeouts under load')
  ),

  check('machine.memory', ['machine'], ({ machine: { memory } }) => {
    const found = `${bytes(memory.availableBytes)} of ${bytes(memory.totalBytes)} memory are available`
    if (memory.availableBytes < 128 * MiB) {
      return error(found, 'Stop other programs: the kernel is about to kill processes, brokers among them')
    }
    if (memory.availableBytes < 512 * MiB) {
      return warning(found, 'Stop other programs, or lower KOPS_BROKER_HEAP: brokers live from the page cache')
    }
    return ok(found)
  }),

  check('machine.heap', ['machine', 'definition'], ({ machine: { memory }, definition: { heap, ports } }) => {
    const nodes = heapBytes(heap.broker) * ports.kafka.length + heapBytes(heap.zookeeper) * ports.zookeeper.length
    const found = `the heaps of all nodes take ${bytes(nodes)} of ${bytes(memory.totalBytes)} memory`
    return nodes > memory.totalBytes * 0.75
      ? error(found, 'Set KOPS_BROKER_HEAP and KOPS_ZOOKEEPER_HEAP lower, and set up again')
      : ok(found)
  }),

  check('machine.disk', ['disk'], ({ disk: { path, totalBytes, freeBytes } }) => {
    const found = `${bytes(freeBytes)} of ${bytes(totalBytes)} are free on the disk of ${path}`
    const advice = 'Free space, or lower the retention of large topics (kops topics list --sort size --order desc)'
    if (freeBytes < GiB || freeBytes < totalBytes * 0.03) return error(found, advice)
    return freeBytes < totalBytes * 0.1 ? warning(found, advice) : ok(found)
  }),

  check('machine.inodes', ['disk'], ({ disk: { path, inodes, freeInodes } }) => {
    if (inodes === 0) return info(`the file system of ${path} does not limit the number of files`)
    const found = `${freeInodes.toLocaleString('en-US')} more files fit on the disk of ${path}`
    const advice = 'Remove small files, or use fewer partitions: each has several files for each segment'
    if (freeInodes < 10_000) return error(found, advice)
    return freeInodes < inodes * 0.05 ? warning(found, advice) : ok(found)
  }),

  check('machine.swap', ['machine'], ({ machine: { swap } }) => {
    if (swap.totalBytes === 0) return ok('no swap')
    const found = `${bytes(swap.usedBytes)} of ${bytes(swap.totalBytes)} swap are used`
    return swap.usedBytes > swap.totalBytes * 0.25
      ? warning(found, 'Give the machine more memory, or set vm.swappiness=1: a swapped heap pauses for seconds')
      : ok(found)
  }),

  check('machine.files', ['fileLimits'], ({ fileLimits }) => {
    const [least] = fileLimits.toSorted((a, b) => a.limit - b.limit)
    if (least === undefined) return unknown('no process could be looked at', 'Try as the user who ran setup')
    const found = `${least.process} may open ${least.limit.toLocaleString('en-US')} files`
    const advice = 'Raise the limit (ulimit -n, LimitNOFILE) to 100000, and restart the node'
    if (least.limit < filesLeast) return error(found, advice)
    return least.limit < filesEnough ? warning(found, advice) : ok(found)
  }),

  check('machine.faults', ['cluster'], ({ cluster: { faultKinds } }) => {
    const absent = faultKinds.filter(({ available }) => !available)
    const lacking = faultKinds.flatMap(({ kind, lacks = [] }) =>
      lacks.map(({ parameter, detail }) => info(`${kind} without ${parameter}: ${detail}`))
    )
    const problems = absent.map(({ kind, detail }) => info(`drills cannot inject ${kind}: ${detail}`))
    return problemsOr([...problems, ...lacking], `drills can inject ${faultKinds.map(({ kind }) => kind).join(', ')}`)
  })
]
