/** What a form asks for; or what is wrong with it, for people. */
export type Asked<T> = { asked: T } | { message: string }

/** What a form asks for, made into something else: a call, for example. */
export function asking<T, U>(asked: Asked<T>, make: (asked: T) => U): Asked<U> {
  return 'asked' in asked ? { asked: make(asked.asked) } : asked
}

/** The trimmed content of a form's field by its name: empty if it is not ticked or not there, ticked values one a line. */
export type FieldText = (name: string) => string
