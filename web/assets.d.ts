/** Joined into the bundle as text. */
declare module '*.svg' {
  const text: string
  export default text
}
