import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { problemOf } from '../api/problem.ts'

/** Answers that continue each other, the first read at once and the next on demand. */
export function usePages<Page extends { nextCursor?: string }>(readPage: (cursor?: string) => Promise<Page>) {
  const [pages, setPages] = useState<Page[]>([])
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const [busy, setBusy] = useState(true)
  const nextCursor = pages.at(-1)?.nextCursor
  const readNext = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      const page = await readPage(nextCursor)
      setPages((before) => (nextCursor === undefined ? [page] : [...before, page]))
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setBusy(false)
    }
  }
  useEffect(() => {
    void readNext()
  }, [])
  return { pages, problem, busy, nextCursor, readNext: () => void readNext() }
}
