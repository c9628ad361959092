import { chartStyle, escaped } from './line-chart.ts'

const style = `
body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; max-width: 800px; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border-bottom: 1px solid var(--faint); padding: .25em .8em .25em 0; text-align: left; vertical-align: top }
pre { overflow-x: auto }
`

/**
 * A whole HTML file, light or dark as the reader's system is. It loads nothing and runs no script, also where a text in it is
 * not escaped.
 * @param parts elements of the body
 * @param ownStyle what the body needs besides charts and tables
 */
export function htmlPage(title: string, parts: readonly string[], ownStyle = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${chartStyle}${style}${ownStyle}</style>
</head>
<body>
${parts.join('\n')}
</body>
</html>
`
}

/** A table of texts; without heads, the first cell of each row is one. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const first = head.length === 0 ? '' : `<tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr>\n`
  const cells = (row: readonly string[]) =>
    row.map((cell, nth) => {
      const tag = head.length === 0 && nth === 0 ? 'th' : 'td'
      return `<${tag}>${escaped(cell)}</${tag}>`
    })
  return `<table>\n${first}${rows.map((row) => `<tr>${cells(row).join('')}</tr>`).join('\n')}\n</table>`
}
