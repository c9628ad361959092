import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Message } from '#shared/contracts/messages.ts'
import { addresses } from '../app/pages.ts'
import { formatBytes, formatCount } from '../format/numbers.ts'
import { prettyJson } from '../format/pretty-json.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { Time } from '../ui/values.tsx'

/** Longer contents are cut: a browser lays out megabytes for seconds. */
const shownCharacters = 16_384

/** Records, each with the address of its own. */
export function Records({ topic, messages }: { topic: string; messages: readonly Message[] }) {
  return (
    <ol class="records">
      {messages.map((message) => (
        <RecordItem key={`${message.partition}:${message.offset}`} topic={topic} message={message} />
      ))}
    </ol>
  )
}

interface RecordItemProps {
  topic: string
  message: Message
  /** What else is known of it. */
  children?: ComponentChildren
}

export function RecordItem({ topic, message, children }: RecordItemProps) {
  const { partition, offset, timestamp, key, keyEncoding, value, valueEncoding, headers, sizeBytes, masked } = message
  return (
    <li>
      <p class="record-line">
        <a href={addresses.message(topic, partition, offset)} data-row-link>
          {partition}:{formatCount(offset)}
        </a>
        <span>{timestamp === null ? 'no time' : <Time at={timestamp} ms />}</span>
        <span class="muted">{formatBytes(sizeBytes)}</span>
        <span class="key">
          <span class="muted">key </span>
          {key === null ? <span class="muted">none</span> : <code>{shortened(textOf(key), 200)}</code>}
          {keyEncoding === 'base64' && <span class="badge quiet">Base64</span>}
        </span>
        {masked.length > 0 && (
          <span class="badge" title={masked.join(', ')}>
            {masked.length} masked
          </span>
        )}
      </p>
      {children}
      {headers.length > 0 && (
        <dl class="headers">
          {headers.map((header, index) => (
            <div key={index}>
              <dt>{header.name}</dt>
              <dd>
                <code>{header.value === null ? 'null' : shortened(textOf(header.value), 200)}</code>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {value === null ? (
        <p class="muted">null (a tombstone)</p>
      ) : (
        <Content text={textOf(value)} isBase64={valueEncoding === 'base64'} />
      )}
    </li>
  )
}

/** As it was written; formatted on demand, without parsing numbers. */
function Content({ text, isBase64 }: { text: string; isBase64: boolean }) {
  const [whole, setWhole] = useState(false)
  const [pretty, setPretty] = useState(false)
  const formatted = pretty ? prettyJson(text) : undefined
  const shown = formatted ?? text
  const cut = !whole && shown.length > shownCharacters
  const canFormat = !isBase64 && /^\s*[[{]/.test(text)
  return (
    <div class="content-value">
      <pre tabIndex={0}>{cut ? shown.slice(0, shownCharacters) : shown}</pre>
      <p class="buttons">
        {isBase64 && <span class="badge quiet">Base64</span>}
        {cut && (
          <button type="button" class="small" onClick={() => setWhole(true)}>
            Show all {formatBytes(shown.length)}
          </button>
        )}
        {canFormat && (
          <button type="button" class="small" aria-pressed={pretty} onClick={() => setPretty(!pretty)}>
            Formatted
          </button>
        )}
        <CopyButton text={text} label="Copy the value" small />
      </p>
    </div>
  )
}

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content)
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
