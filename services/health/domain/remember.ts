/**
 * A pure function that caches its last result: for identical arguments (objects compared by identity), it returns that
 * result again. Callers share the result and must not change it.
 */
export function rememberLast<Args extends readonly unknown[], Answer>(
  work: (...args: Args) => Answer
): (...args: Args) => Answer {
  let last: { args: Args; answer: Answer } | undefined
  return (...args) => {
    const isSame = last?.args.length === args.length && last.args.every((arg, index) => Object.is(arg, args[index]))
    if (!last || !isSame) last = { args, answer: work(...args) }
    return last.answer
  }
}
