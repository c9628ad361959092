import { useState } from 'preact/hooks'

/** Rows of one reading; more are read when the last of them is about to be seen. */
const step = 200
/** As many as the API lists at once. */
const most = 10_000

/** How many rows a list asks for: the more the further somebody scrolls. */
export function useGrowingList() {
  const [limit, setLimit] = useState(step)
  return {
    limit,
    startOver: () => setLimit(step),
    /**
     * For DataTable's `onNearEnd`: asks for twice as many.
     * @param nextCursor of the last answer; undefined: it had all rows
     */
    onNearEnd: (rows: number, nextCursor: string | undefined) =>
      nextCursor === undefined || limit >= most ? undefined : () => setLimit(Math.min(most, rows * 2))
  }
}
