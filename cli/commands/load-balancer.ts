import { stdout } from 'node:process'
import type { Command } from 'commander'
import { algorithmNames } from '#shared/contracts/load-balancer.ts'
import { printData, type ReadOptions, show } from '../answer.ts'
import type { CommandContext } from '../context.ts'
import { hasEffect } from '../effects.ts'
import { exit } from '../exit-codes.ts'
import {
  type BrokerOption,
  brokers,
  rate,
  type ServerOptions,
  servers,
  setupOf,
  untilSignal
} from '../load-balancer/options.ts'
import { count, examples, reads, timeOption, wholeNumber } from '../options.ts'
import { UsageError } from '../output.ts'
import { formatOption } from '../output-format.ts'

/** `kops lb …` */
export function addLoadBalancerCommands(lb: Command, context: CommandContext): void {
  examples(
    lb,
    'lb process --algorithm least_connection',
    'lb generate --num-requests 1000 --rate 50.0',
    'lb monitor --live',
    'lb compare --slow-server 4=10'
  )
  addGenerate(lb, context)
  addProcess(lb, context)
  addMonitor(lb, context)
  addRoute(lb, context)
  addCompare(lb, context)
}

function addGenerate(lb: Command, context: CommandContext): void {
  examples(
    reads(
      hasEffect(
        brokers(
          lb
            .command('generate')
            .description('write requests of clients to load-balancer-requests, at a rate that nothing slows down')
        ),
        'changes'
      )
        .option('--num-requests <count>', 'how many', wholeNumber, 1000)
        .option('--rate <requests>', 'how many a second, in the mean', rate, 50)
        .option('--topic <topic>', 'where to', 'load-balancer-requests')
        .option('--seed <number>', 'makes the same requests as the same number did before', count)
        .option('--first-id <number>', 'request_id of the first one; by default one that no run had before', count)
    ),
    'lb generate --num-requests 1000 --rate 50.0 --kafka-broker localhost:9092'
  ).action(async (options: BrokerOption & ReadOptions & GenerateOptions) => {
    const { numRequests: requests, seed = Date.now() % 2 ** 32, ...rest } = options
    await untilSignal(context, options, async (run) => {
      const { runGenerator } = await import('#apps/load-balancer/run-generator.ts')
      const generated = await runGenerator({ ...run, ...rest, requests, seed })
      if (generated.acknowledged < generated.requests) process.exitCode = exit.refused
      show(context.output, rest, generated, ({ topic, requests, acknowledged, seconds }) => {
        const rate = seconds > 0 ? ` (${(requests / seconds).toFixed(1)} a second)` : ''
        context.output.print(`${requests} requests to ${topic} in ${seconds.toFixed(1)} s${rate}`)
        context.output.print(`${acknowledged} acknowledged, ${requests - acknowledged} not`)
      })
    })
  })
}

interface GenerateOptions {
  numRequests: number
  rate: number
  topic: string
  seed?: number
  firstId?: number
}

function addProcess(lb: Command, context: CommandContext): void {
  examples(
    reads(
      hasEffect(
        servers(
          brokers(
            lb
              .command('process')
              .description('balance requests over simulated servers, and answer them, until Ctrl-C')
              .option('--algorithm <name>', `one of ${algorithmNames.join(', ')}`, 'round_robin')
              .option('--batch-size <count>', 'requests that are balanced together at most', wholeNumber, 10)
              .addOption(
                timeOption('--batch-timeout <duration>', 'how long a batch that is not full waits', 1000, '1s')
              )
              .option('--report', 'the servers also report to service-metrics every 5 s, for kops lb route')
          )
        ),
        'changes'
      )
    ),
    'lb process --algorithm least_connection --kafka-broker localhost:9092',
    'lb process --algorithm peak_ewma --slow-server 4=10',
    'lb process --report'
  ).action(async (options: BrokerOption & ReadOptions & ServerOptions & ProcessOptions) => {
    const { readAlgorithmName } = await import('#apps/load-balancer/domain/algorithms/index.ts')
    const algorithm = readAlgorithmName(options.algorithm)
    if (algorithm === undefined) {
      throw new UsageError(`--algorithm: ${options.algorithm} is not one of ${algorithmNames.join(', ')}`)
    }
    const { batchSize, batchTimeout: batchTimeoutMs, report: reports = false } = options
    await untilSignal(context, options, async (run) => {
      const { runProcessor } = await import('#apps/load-balancer/run-processor.ts')
      const counts = await runProcessor({ ...run, ...setupOf(options), algorithm, batchSize, batchTimeoutMs, reports })
      show(context.output, options, counts, ({ answered, batches, deadLetters }) =>
        context.output.print(`${answered} requests answered in ${batches} batches, ${deadLetters} dead letters`)
      )
    })
  })
}

interface ProcessOptions {
  algorithm: string
  batchSize: number
  batchTimeout: number
  report?: boolean
}

function addMonitor(lb: Command, context: CommandContext): void {
  const { output } = context
  examples(
    brokers(
      lb
        .command('monitor')
        .description('print the metrics of the processor as they come, until Ctrl-C')
        .option('--topic <topic>', 'where from', 'load-balancer-metrics')
        .option('--broker <brokers>', 'the same as --kafka-broker')
        .option('--from-beginning', 'begin with the metrics that are in the topic already')
        .option('--live', 'a page that is drawn again, on a terminal')
        .addOption(formatOption())
        .option('--json', 'one message per line, as JSON')
    ),
    'lb monitor --topic load-balancer-metrics',
    'lb monitor --live'
  ).action(async (options: BrokerOption & ReadOptions & MonitorOptions) => {
    const { topic, json, fromBeginning = false, broker } = options
    const { createScreen } = await import('../screen.ts')
    const { drawMetrics, monitorEnd, monitorLines, monitorTitle } = await import('../print/load-balancer.ts')
    const screen =
      options.live && stdout.isTTY
        ? createScreen(stdout, { note: 'Ctrl-C quits.', whole: 'kops lb monitor' })
        : undefined
    const isText = !screen && !json
    await untilSignal(context, { kafkaBroker: broker, ...options }, async (run) => {
      const { runMonitor } = await import('#apps/load-balancer/run-monitor.ts')
      await runMonitor({
        ...{ ...run, topic, fromBeginning },
        onReady() {
          if (isText) output.print(monitorTitle)
          screen?.draw((page) => page.print(`Waiting for metrics in ${topic}`))
        },
        onMetrics(metrics) {
          if (screen) screen.draw((page) => drawMetrics(page, metrics))
          else if (json && json !== true) printData(output, json, metrics)
          else if (json) output.print(JSON.stringify(metrics))
          else for (const line of monitorLines(metrics)) output.print(line)
        }
      })
      if (isText) output.print(monitorEnd)
    })
  })
}

interface MonitorOptions {
  topic: string
  broker?: string
  fromBeginning?: boolean
  live?: boolean
}

function addRoute(lb: Command, context: CommandContext): void {
  examples(
    reads(
      hasEffect(
        brokers(
          lb
            .command('route')
            .description('score the instances in service-metrics, and decide how their traffic is shared, until Ctrl-C')
            .addOption(timeOption('--interval <duration>', 'how often', 10_000, '10s'))
        ),
        'changes'
      )
    ),
    'lb route --interval 10s'
  ).action(async (options: BrokerOption & ReadOptions & { interval: number }) => {
    await untilSignal(context, options, async (run) => {
      const { runRouter } = await import('#apps/load-balancer/run-router.ts')
      const counts = await runRouter({ ...run, intervalMs: options.interval })
      show(context.output, options, counts, ({ reports, decisions, alerts, deadLetters }) =>
        context.output.print(
          `${reports} reports, ${decisions} decisions, ${alerts} alerts, ${deadLetters} dead letters`
        )
      )
    })
  })
}

function addCompare(lb: Command, context: CommandContext): void {
  examples(
    reads(
      servers(
        lb
          .command('compare')
          .description('send the same requests to the same servers by each algorithm, without Kafka')
          .option('--num-requests <count>', 'how many', wholeNumber, 10_000)
          .option('--rate <requests>', 'how many a second, in the mean', rate, 50)
          .option('--arrivals <file>', 'requests from a file instead, one JSON document a line; - for standard input')
      )
    ),
    'lb compare --rate 50 --seed 7 --slow-server 4=10',
    'messages read load-balancer-requests --limit 1000 --jsonl | jq -c .value | kops lb compare --arrivals -'
  ).action(async (options: ReadOptions & ServerOptions & CompareOptions) => {
    const { numRequests, rate, arrivals, seed } = options
    const { compareAlgorithms } = await import('#apps/load-balancer/domain/compare.ts')
    const { readArrivals, recordedArrivals } = await import('#apps/load-balancer/recorded-arrivals.ts')
    const { serversOf } = await import('#apps/load-balancer/domain/simulation.ts')
    const { printAlgorithms } = await import('../print/load-balancer.ts')
    const requests =
      arrivals === undefined ? recordedArrivals({ requests: numRequests, rate, seed }) : await readArrivals(arrivals)
    const comparison = compareAlgorithms(requests, serversOf(setupOf(options)), seed)
    show(context.output, options, comparison, () => printAlgorithms(context.output, comparison))
  })
}

interface CompareOptions {
  numRequests: number
  rate: number
  arrivals?: string
}
