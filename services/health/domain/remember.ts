/**
 * A pure function that remembers its last answer: given the very same arguments again (objects are compared by identity), it returns
 * that one without working it out. What it returns is shared: nobody may change it.
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
