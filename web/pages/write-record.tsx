import { useState } from 'preact/hooks'
import type { ProduceResult, RecordInput } from '#shared/contracts/messages.ts'
import { CallFailed, ownProblem } from '../api/problem.ts'
import { call, refusal } from '../app/runtime.ts'
import { formatBytes } from '../format/numbers.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { FormDialog, textFields } from '../ui/form-dialog.tsx'
import { Action, Partial } from '../ui/states.tsx'
import { blankRecord, newRecord, type TypedRecord } from './new-record.ts'

const route = 'POST /api/topics/{topicName}/messages'

/** Writes one record: what it is, where it would go and how large it is, then the change. */
export function WriteRecord({ topic, onDone }: { topic: string; onDone: () => void }) {
  const [open, setOpen] = useState(false)
  const [record, setRecord] = useState<RecordInput | undefined>(undefined)
  const close = () => {
    setOpen(false)
    setRecord(undefined)
  }
  const write = async (dryRun: boolean, records: RecordInput[]) => {
    const parts = { params: { topicName: topic }, query: { dryRun }, body: { records } }
    const result = await call(route, parts, { timeoutMs: 60_000 })
    const [written] = result.records
    if (dryRun || result.applied || written === undefined) return result
    const { code, detail } = written.error ?? { code: written.status, detail: 'The service does not say why.' }
    const title =
      written.status === 'indeterminate' ? 'It is not known whether the record is written' : 'The record is not written'
    throw new CallFailed(ownProblem(code, title, detail))
  }
  return (
    <>
      <Action label="Write a record" why={refusal(route)} onClick={() => setOpen(true)} />
      {open && record === undefined && <RecordForm topic={topic} onReady={setRecord} onClose={close} />}
      {open && record && (
        <ChangeDialog<ProduceResult>
          title={`Write to ${topic}`}
          route={route}
          parts={{ params: { topicName: topic }, body: { records: [record] } }}
          make={(dryRun) => write(dryRun, [record])}
          verb="Write"
          onDone={onDone}
          onClose={close}
        >
          {({ records: [planned], warnings }) => (
            <>
              <Partial warnings={warnings} />
              <p>
                One record of {formatBytes(planned?.sizeBytes ?? 0)}{' '}
                {typeof planned?.partition === 'number'
                  ? `to partition ${planned.partition}`
                  : 'to a partition that is chosen on writing'}
                . It cannot be taken back.
              </p>
            </>
          )}
        </ChangeDialog>
      )}
    </>
  )
}

interface RecordFormProps {
  topic: string
  onReady: (record: RecordInput) => void
  onClose: () => void
}

function RecordForm({ topic, onReady, onClose }: RecordFormProps) {
  const [typed, setTyped] = useState<TypedRecord>(blankRecord)
  const [wrong, setWrong] = useState<{ field: keyof TypedRecord; message: string } | undefined>(undefined)
  const submit = () => {
    const asked = newRecord(typed)
    if ('record' in asked) onReady(asked.record)
    else setWrong(asked)
  }
  const field = textFields('record', typed, setTyped, wrong?.field)
  return (
    <FormDialog
      title={`Write to ${topic}`}
      wrong={wrong && `${wrong.field} ${wrong.message}`}
      onSubmit={submit}
      onClose={onClose}
    >
      <label for="record-value">Value, as text</label>
      <textarea rows={5} {...field('value')} />
      <label for="record-key">Key; none if empty</label>
      <input {...field('key')} />
      <label for="record-headers">Headers, one name=value a line</label>
      <textarea rows={2} {...field('headers')} />
      <label for="record-partition">Partition; by the key if empty</label>
      <input inputMode="numeric" {...field('partition')} />
    </FormDialog>
  )
}
