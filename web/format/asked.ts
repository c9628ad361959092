/** What a form asks for; or what is wrong with it, for people. */
export type Asked<T> = { asked: T } | { message: string }

/** The trimmed content of a form's field by its name: empty if it is not ticked or not there, ticked values one a line. */
export type FieldText = (name: string) => string
