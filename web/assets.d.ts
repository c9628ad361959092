/** Joined into the bundle as text. */
declare module '*.svg' {
  const text: string
  export default text
}

/** Styles that are loaded when a page needs them: the address of their file. */
declare module '*.css' {
  const address: string
  export default address
}
