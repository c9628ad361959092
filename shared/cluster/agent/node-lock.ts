/** Gives a node to one task at a time. A task on several nodes waits for all of them, in order of request. */
export interface NodeLock {
  run<T>(nodes: string[], work: () => Promise<T>): Promise<T>
}

export function createNodeLock(): NodeLock {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run(nodes, work) {
      // All queues are joined in one step, so two pieces of work never wait for each other.
      const before = Promise.all(nodes.map((node) => tails.get(node)))
      const result = before.then(work)
      const tail = result.catch(() => {})
      for (const node of nodes) tails.set(node, tail)
      return result
    }
  }
}
