import { path } from '../app/location.ts'
import { PageHeader } from '../ui/page-header.tsx'

export function UnknownPage() {
  return (
    <>
      <PageHeader title="No such page" />
      <p>
        Nothing is at <code>{path.value}</code>. <a href="/">To the overview</a>
      </p>
    </>
  )
}
