/** A text that takes at most so many bytes as a JSON string; a longer one is cut and ends with an ellipsis. */
export function boundedText(text: string, bytes: number): string {
  // A character takes six bytes at most, as an escape.
  if (6 * text.length + 2 <= bytes || (text.length <= bytes && jsonBytes(text) <= bytes)) return text
  let cut = text.slice(0, bytes)
  while (jsonBytes(cut) > bytes) cut = cut.slice(0, Math.floor(cut.length * 0.8))
  return `${cut.toWellFormed()}…`
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text))
}
