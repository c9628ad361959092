/** Longer ones are cut: no browser sends so much. */
const mostRanges = 50

/**
 * Whether a caller would rather have a page than JSON (RFC 9110, 12.5.1): it names HTML, with more weight than it gives JSON.
 * Browsers do; curl sends any type.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const ranges = (accept ?? '').toLowerCase().split(',', mostRanges).map(parseRange)
  const weightOf = (...types: string[]) => {
    // The most specific range that matches counts.
    const found = types.map((type) => ranges.find((range) => range.type === type)).find((range) => range !== undefined)
    return found?.weight ?? 0
  }
  const html = weightOf('text/html', 'text/*')
  return html > 0 && html > weightOf('application/json', 'application/*', '*/*')
}

function parseRange(range: string): { type: string; weight: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
  const given = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = given === undefined ? 1 : Number(given.slice(2))
  return { type, weight: weight >= 0 && weight <= 1 ? weight : 0 }
}
