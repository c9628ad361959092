import fc from 'fast-check'
import t from 'tap'
import type { Processor, ProcessorOutput } from '#shared/streams/tasks/port.ts'
import { createTask, type TaskEvent } from '#shared/streams/tasks/task.ts'
import { createTaskRunner } from '#shared/streams/tasks/task-runner.ts'
import { simulatedClock } from '../../../simulated-clock.ts'
import { type Fate, names, simulatedStreams } from './simulated-streams.ts'

/** Counts: each record becomes its value and how many there were before it, which only an exact state knows. */
function countingProcessor(): Processor {
  let count = 0
  let position: number | undefined
  let output: ProcessorOutput[] = []
  return {
    get position() {
      return position
    },
    watermarkMs: 0,
    restore(_key, value) {
      const stored: { offset: number; count: number } = JSON.parse(String(value))
      position = stored.offset
      count = stored.count
    },
    process({ each }) {
      each(({ bytes }) => {
        output.push({ topic: names.output, key: null, value: Buffer.from(`${bytes} ${count}`) })
        count += 1
      })
    },
    idle: () => false,
    take(offset) {
      const kept = {
        topic: names.changelog,
        key: Buffer.from('state'),
        value: Buffer.from(JSON.stringify({ offset, count }))
      }
      const taken = [...output, kept]
      output = []
      return taken
    }
  }
}

function simulation(partitions: number, fate?: () => Fate, startAt: 'earliest' | 'latest' = 'earliest') {
  const { clock, drive } = simulatedClock()
  const cluster = simulatedStreams({ clock, partitions, ...(fate ? { fate } : {}) })
  const events: [member: string, partition: number, event: TaskEvent][] = []

  function start(id: string) {
    const over = new AbortController()
    const source = cluster.source(id)
    const runner = createTaskRunner({
      ...{ source, clock },
      createTask: (partition, onEvent) =>
        createTask({
          ...{ group: names.group, topic: names.input, changelog: names.changelog, partition, startAt },
          ...{ processor: countingProcessor(), writer: cluster.writer(partition), reader: cluster.reader, source },
          ...{ commitEveryMs: 10, commitRecords: 20, clock, onEvent }
        }),
      onEvent: (partition, event) => events.push([id, partition, event]),
      onAssigned: () => undefined,
      onProblem: () => undefined
    })
    const running = runner.run(over.signal)
    return {
      runner,
      async end() {
        over.abort(new Error('over'))
        await running
      }
    }
  }

  const outputs = () =>
    Array.from({ length: partitions }, (_, partition) =>
      cluster.committed
        .filter((record) => record.topic === names.output && record.partition === partition)
        .map(({ value }) => String(value))
    )
  const expected = () => cluster.input.map((values) => values.map((value, count) => `${value} ${count}`))
  async function processed(limitMs = 120_000): Promise<void> {
    const endsAt = clock.monotonicMs() + limitMs
    const isDone = () =>
      cluster.input.every((values, partition) => values.length === (cluster.offsets.get(partition) ?? 0))
    while (!isDone() && clock.monotonicMs() < endsAt) await clock.sleep(20)
  }
  return { ...cluster, clock, drive, start, outputs, expected, processed, events }
}

t.test('whatever fails, and whoever has a partition, each record is processed once by an exact state', async (t) => {
  const kinds = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.constantFrom<Fate>(
          'commit',
          'commit',
          'commit',
          'abort',
          'commit without an answer',
          'abort without an answer',
          'hang'
        ),
        {
          minLength: 1,
          maxLength: 40
        }
      ),
      fc.array(
        fc.tuple(
          fc.constantFrom('write', 'write', 'both', 'only a', 'only b', 'a sleeps', 'wait'),
          fc.integer({ min: 1, max: 300 })
        ),
        {
          minLength: 1,
          maxLength: 25
        }
      ),
      async (fates, steps) => {
        let next = 0
        const sim = simulation(3, () => fates[next++] ?? 'commit')
        await sim.drive(
          (async () => {
            const [a, b] = [sim.start('a'), sim.start('b')]
            await sim.clock.sleep(5)
            await sim.rebalance(['a', 'b'])
            for (const [step, size] of steps) {
              if (step === 'write') {
                for (let nth = 0; nth < size; nth += 1) sim.input[nth % 3]?.push(`${sim.input[nth % 3]?.length}`)
              } else if (step === 'both') await sim.rebalance(['a', 'b'])
              else if (step === 'only a') await sim.rebalance(['a'])
              else if (step === 'only b') {
                await sim.rebalance(['b'])
                sim.putOut('a')
              } else if (step === 'a sleeps') {
                // It is not told, and goes on: a zombie.
                await sim.rebalance(['b'])
              }
              await sim.clock.sleep(size)
            }
            await sim.rebalance(['a', 'b'])
            await sim.processed()
            await Promise.all([a.end(), b.end()])
          })()
        )
        for (const [, , event] of sim.events) {
          const fenced = event.kind === 'failed' && /FENCED|ILLEGAL/.test(String(event.error))
          kinds.add(fenced ? String(event.error) : event.kind)
        }
        const [found, wanted] = [sim.outputs(), sim.expected()]
        if (JSON.stringify(found) !== JSON.stringify(wanted)) {
          throw new Error(`found ${JSON.stringify(found)}\nwanted ${JSON.stringify(wanted)}`)
        }
      }
    ),
    { numRuns: 60, seed: 3 }
  )
  for (const kind of ['restored', 'committed', 'failed']) t.ok(kinds.has(kind), kind)
  t.ok(
    Array.from(kinds).some((kind) => kind.includes('PRODUCER_FENCED')),
    'zombies were fenced'
  )
  t.ok(
    Array.from(kinds).some((kind) => kind.includes('ILLEGAL_GENERATION')),
    'and refused for their generation'
  )
})

t.test('a rebalance that leaves a partition where it is restores nothing', async (t) => {
  const sim = simulation(2)
  await sim.drive(
    (async () => {
      const a = sim.start('a')
      await sim.clock.sleep(5)
      await sim.rebalance(['a'])
      for (let nth = 0; nth < 40; nth += 1) {
        sim.input[0]?.push(`${nth}`)
        // In the middle of transactions, too.
        await sim.clock.sleep(nth % 7)
        if (nth % 3 === 0) await sim.rebalance(['a'])
      }
      await sim.processed()
      await a.end()
    })()
  )
  t.same(sim.outputs(), sim.expected())
  t.equal(sim.events.filter(([, , { kind }]) => kind === 'restored').length, 2, 'one for each partition')
  t.notOk(sim.events.some(([, , { kind }]) => kind === 'failed'))
})

t.test('the end of a process commits what it has', async (t) => {
  const sim = simulation(1)
  await sim.drive(
    (async () => {
      const a = sim.start('a')
      await sim.clock.sleep(5)
      await sim.rebalance(['a'])
      await sim.clock.sleep(50)
      sim.input[0]?.push('0', '1')
      await sim.clock.sleep(4)
      await a.end()
    })()
  )
  t.same(sim.outputs()[0], ['0 0', '1 1'])
})

t.test('where it begins', async (t) => {
  const cases = [
    { name: 'a partition that nobody has read', startAt: 'earliest' as const, first: '0 0' },
    { name: 'or only what comes', startAt: 'latest' as const, first: 'new 0' },
    {
      name: 'the commit of the group, with a warning that there is no state',
      startAt: 'earliest' as const,
      committed: 1,
      first: '1 0',
      event: 'stateless'
    },
    {
      name: 'the state, whatever the group was reset to',
      startAt: 'earliest' as const,
      committed: 0,
      state: { offset: 2, count: 9 },
      first: 'new 9',
      event: 'diverged'
    }
  ]
  for (const { name, startAt, committed, state, first, event } of cases) {
    const sim = simulation(1, undefined, startAt)
    sim.input[0]?.push('0', '1')
    if (committed !== undefined) sim.offsets.set(0, committed)
    if (state) {
      const value = Buffer.from(JSON.stringify(state))
      sim.committed.push({ topic: names.changelog, partition: 0, key: Buffer.from('state'), value })
    }
    await sim.drive(
      (async () => {
        const a = sim.start('a')
        await sim.clock.sleep(5)
        await sim.rebalance(['a'])
        await sim.clock.sleep(100)
        sim.input[0]?.push('new')
        await sim.processed()
        await a.end()
      })()
    )
    t.equal(sim.outputs()[0]?.[0], first, name)
    if (event)
      t.ok(
        sim.events.some(([, , { kind }]) => kind === event),
        event
      )
  }
})

t.test('a changelog of another number of partitions is refused, and tried again', async (t) => {
  const sim = simulation(2)
  sim.counts.set(names.changelog, 1)
  await sim.drive(
    (async () => {
      const a = sim.start('a')
      await sim.clock.sleep(5)
      await sim.rebalance(['a'])
      sim.input[0]?.push('0')
      await sim.clock.sleep(3000)
      t.same(sim.outputs(), [[], []])
      sim.counts.set(names.changelog, 2)
      await sim.processed()
      await a.end()
    })()
  )
  const errors = sim.events.flatMap(([, , event]) => (event.kind === 'failed' ? [event.error] : []))
  t.match(errors, [{ code: 'partitions_invalid', message: /changelog has 1 partitions, and input has 2/ }])
  t.ok(errors.length >= 4, 'a few times in three seconds')
  t.same(sim.outputs(), [['0 0'], []])
})
