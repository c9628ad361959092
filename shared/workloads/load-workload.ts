import { glob } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Workload, WorkloadSchema } from '../contracts/workload.ts'
import { fieldError } from '../errors/catalog.ts'
import { checked, parseYaml, readText } from '../yaml/read-yaml.ts'

/**
 * Reads a workload from a YAML file. There, and there only, `payload: {kind: lines, file: events.txt}` stands for the lines of
 * that file, relative to the workload's own; empty ones are left out.
 * @throws KopsError validation_failed, naming the file, and the line or the fields: `workloads/x.yaml: rate.perSecond is required`
 */
export async function loadWorkload(path: string): Promise<Workload> {
  const document = { path, what: 'the workload' }
  const value = parseYaml(await readText(document), document)
  if (isObject(value) && isObject(value['payload'])) value['payload'] = await withLines(value['payload'], path)
  return checked(WorkloadSchema, value, document)
}

/** A workload of a folder of ready ones. */
export interface ReadyWorkload {
  name: string
  /** What it answers, from the head of its file; empty if that does not say. */
  question: string
  workload: Workload
}

/** The workloads of a folder, by name; none if there is no such folder. @throws KopsError validation_failed, as loadWorkload() */
export async function readyWorkloads(folder: string): Promise<ReadyWorkload[]> {
  const files = (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).sort()
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file)
      const [workload, text] = await Promise.all([loadWorkload(path), readText({ path, what: 'the workload' })])
      return { name: basename(file, '.yaml'), question: commentOf(text), workload }
    })
  )
}

/** The comment at the head of a workload's file, as one text: what question it answers. */
export function commentOf(yaml: string): string {
  const lines = yaml.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('#'))
  const comment = lines
    .slice(0, end < 0 ? undefined : end)
    .filter((line) => !line.startsWith('# yaml-language-server:'))
  return comment.map((line) => line.slice(1).trim()).join(' ')
}

async function withLines(payload: Record<string, unknown>, path: string): Promise<Record<string, unknown>> {
  const { file, ...rest } = payload
  if (payload['kind'] !== 'lines' || typeof file !== 'string' || 'lines' in payload) return payload
  const text = await readText({ path: resolve(dirname(path), file), what: 'payload.file' })
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  if (lines.length === 0) throw fieldError('validation_failed', 'payload.file', `${file} has no lines`)
  return { ...rest, lines }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
