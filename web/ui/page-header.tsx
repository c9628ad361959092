import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { useReading } from '../app/use-reading.ts'
import { Age } from './values.tsx'

interface PageHeaderProps {
  title: string
  /** Beside the title, as text for the tab of the browser it is left out. */
  detail?: ComponentChildren
  asOf?: string | undefined
  everyMs?: number
  children?: ComponentChildren
}

/** The page's name, the age of what it shows, and its actions. */
export function PageHeader({ title, detail, asOf, everyMs = 5000, children }: PageHeaderProps) {
  const status = useReading('GET /api/health/status', undefined, 5000).value?.status
  useEffect(() => {
    // In a row of tabs, what is wrong comes first.
    const prefix = status === 'DOWN' ? '■ DOWN · ' : status === 'DEGRADED' ? '▲ ' : ''
    document.title = `${prefix}${title} – kops`
  }, [title, status])
  return (
    <header class="page-header">
      <h1>{title}</h1>
      {detail}
      {asOf !== undefined && <Age asOf={asOf} everyMs={everyMs} />}
      <div class="page-actions">{children}</div>
    </header>
  )
}
