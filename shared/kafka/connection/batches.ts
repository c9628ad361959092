/**
 * Sends requests about many items in batches, a few batches at a time, and joins the answers. An answer about thousands
 * of items blocks a broker's handler thread and this process' event loop; many small requests take longer than a large
 * one.
 * @throws the error of the first failed batch
 */
export async function inBatches<T, Answer>(
  items: readonly T[],
  { size, atOnce }: { size: number; atOnce: number },
  ask: (batch: T[]) => Promise<Answer>
): Promise<Answer[]> {
  const batches: T[][] = []
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size))
  const answers: Answer[] = []
  let next = 0
  const work = async () => {
    for (let index = next++; index < batches.length; index = next++) {
      const batch = batches[index]
      if (batch) answers[index] = await ask(batch)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, batches.length) }, work))
  return answers
}
