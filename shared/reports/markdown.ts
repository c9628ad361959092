/** A table of GitHub's Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** Text that others wrote neither ends its line or cell nor begins markup; `code` stays code. */
export function markdownText(text: string): string {
  return text.replaceAll(/[\\|<>*_[\]]/g, '\\$&').replaceAll('\n', ' ')
}

/** What is folded away: text whose lines cannot end the block that it stands in. */
export function markdownDetails(summary: string, language: string, text: string): string {
  const fenced = text.replaceAll('```', '` ` `')
  return `<details><summary>${summary}</summary>\n\n\`\`\`${language}\n${fenced}\n\`\`\`\n\n</details>`
}
