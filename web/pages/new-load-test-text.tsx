import { useState } from 'preact/hooks'
import type { Workload } from '#shared/contracts/workload.ts'
import { readWorkloadText, wholeWorkloadText } from '#shared/load-report/workload-text.ts'
import { CommandLine, CopyButton } from '../ui/copy-button.tsx'

export type WrittenWorkload = ReturnType<typeof readWorkloadText>

interface WorkloadTextProps {
  /** What it begins with. */
  workload: Workload
  onWritten: (written: WrittenWorkload) => void
  message: string | undefined
}

/** All fields of a workload, as text. */
export function WorkloadText({ workload, onWritten, message }: WorkloadTextProps) {
  const [text, setText] = useState(() => wholeWorkloadText(workload))
  return (
    <>
      <label for="workload-text">Workload, as YAML or JSON</label>
      <textarea
        id="workload-text"
        rows={22}
        value={text}
        spellcheck={false}
        aria-invalid={message !== undefined}
        aria-describedby="workload-text-wrong"
        onInput={({ currentTarget }) => {
          setText(currentTarget.value)
          onWritten(readWorkloadText(currentTarget.value))
        }}
      />
      <p id="workload-text-wrong" class="text-down" role="status">
        {message}
      </p>
      <p class="buttons">
        <CopyButton text={text} label="Copy the text" />
        <span>
          As a file it is the same for <CommandLine text="kops load run ./mine.yaml" />
        </span>
      </p>
    </>
  )
}
