import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { DrillKindInfo } from '#shared/contracts/drills.ts'
import type { ReadyWorkloads } from '#shared/contracts/load-plan.ts'
import type { LossKind } from '#shared/contracts/what-if.ts'
import { type DrillField, sectionsFor } from './drill-fields.ts'

/** A drill as somebody types it: texts by the names of fields. */
export type TypedDrill = Readonly<Record<string, string>>

/** A request, or the field that is no value and why. What values it may have is the service's to say. */
export type AskedDrill = { body: Omit<StartDrill, 'dryRun'> } | { field: string; message: string }

type Known = Pick<DrillKindInfo, 'kind' | 'requires' | 'takes' | 'nodes'>

/** The request that is typed, of the fields that its kind takes; those without a text are left out. */
export function askedDrill(typed: TypedDrill, info: Known): AskedDrill {
  const body: Record<string, unknown> = { kind: info.kind }
  const node = typed['node']?.trim()
  if (info.nodes.length > 0 && node) body['node'] = node
  if (info.requires.includes('node') && !body['node']) return { field: 'node', message: 'is not chosen' }
  for (const field of fieldsOf(info)) {
    const text = typed[field.name]?.trim() ?? ''
    if (text === '') continue
    const value = partOf(field, text)
    if (value === undefined) return { field: field.label, message: `is not ${wanted[field.input] ?? 'a value'}` }
    // `consumers` is also where fields of its own are: "no" leaves those out.
    if (field.name === 'consumers') {
      if (value) body['consumers'] ??= {}
    } else if (!(field.name.startsWith('consumers.') && typed['consumers'] === 'no')) put(body, field.name, value)
  }
  const repeatOf = typed['repeatOf']
  return { body: { ...body, ...(repeatOf && { repeatOf }) } as Omit<StartDrill, 'dryRun'> }
}

/** A request as it would be typed, to be changed and asked for again. */
export function typedDrill(request: StartDrill, info: Known): TypedDrill {
  const typed: Record<string, string> = request.node === undefined ? {} : { node: request.node }
  for (const field of fieldsOf(info)) {
    const value = field.name.split('.').reduce<unknown>(memberOf, request)
    if (value !== undefined) typed[field.name] = textOf(field, value)
  }
  return typed
}

/** Why a request differs from the one that another drill had: then it does not repeat it. */
export function repeats(body: Omit<StartDrill, 'dryRun'>, request: StartDrill): boolean {
  const { repeatOf: _, ...asked } = body
  const { repeatOf: __, dryRun: ___, ...before } = request
  return canonical(asked) === canonical(before)
}

/** The ready workload that a text is, whatever the order of its fields. */
export function readyLoad(
  text: string,
  ready: ReadyWorkloads['workloads']
): ReadyWorkloads['workloads'][number] | undefined {
  if (text.trim() === '') return undefined
  try {
    const written = canonical(JSON.parse(text))
    return ready.find(({ workload }) => canonical(workload) === written)
  } catch {
    return undefined
  }
}

/** How a kind of drill breaks its node, as far as what-if knows: it dies, unless it is stopped or hangs. */
export function lossOf(kind: string): LossKind {
  if (/stop|restart/.test(kind)) return 'stop'
  return /pause|partition|slow-network/.test(kind) ? 'pause' : 'kill'
}

const wanted: Partial<Record<DrillField['input'], string>> = {
  number: 'a number',
  scaled: 'a number',
  workload: 'JSON'
}

function fieldsOf(info: Known): DrillField[] {
  return sectionsFor(info).flatMap(({ fields }) => fields)
}

/** undefined: the text is none. */
function partOf(field: DrillField, text: string): unknown {
  switch (field.input) {
    case 'text':
    case 'choice':
      return text
    case 'choices':
      return text.split(',')
    case 'yes-no':
      return text === 'yes'
    case 'number':
      return numberOf(text)
    case 'scaled': {
      const value = numberOf(text)
      // 12.3 * 0.01 is not quite 0.123.
      return value === undefined ? undefined : Number((value * field.times).toPrecision(12))
    }
    case 'workload':
      try {
        return JSON.parse(text)
      } catch {
        return undefined
      }
  }
}

function textOf(field: DrillField, value: unknown): string {
  switch (field.input) {
    case 'yes-no':
      return value ? 'yes' : 'no'
    case 'scaled':
      return String(Number((Number(value) / field.times).toPrecision(12)))
    case 'workload':
      return JSON.stringify(value, null, 2)
    default:
      return Array.isArray(value) ? value.join(',') : String(value)
  }
}

function numberOf(text: string): number | undefined {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}

function put(body: Record<string, unknown>, name: string, value: unknown): void {
  const [first = '', second] = name.split('.')
  if (second === undefined) body[first] = value
  else body[first] = { ...(body[first] as object | undefined), [second]: value }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each
  )
}
