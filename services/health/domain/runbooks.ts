import { Marked } from 'marked'

/** A web page made from the Markdown of a runbook: complete HTML without scripts, images or external resources. */
export interface RunbookPage {
  title: string
  html: string
}

export const runbookStyle = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
pre { padding: .75rem; overflow-x: auto; background: #8882; border-radius: 4px }
code { font: .9em ui-monospace, monospace }
table { border-collapse: collapse }
td, th { border: 1px solid #8886; padding: .25rem .5rem; text-align: left; vertical-align: top }
`

/** @param markdown a file of docs/runbooks */
export function renderRunbook(markdown: string): RunbookPage {
  const marked = new Marked({
    async: false,
    renderer: {
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens)
        const target = localTarget(href)
        return target === undefined ? text : `<a href="${escapeHtml(target)}">${text}</a>`
      },
      // Runbooks have neither.
      html: ({ text }) => escapeHtml(text),
      image: ({ text }) => escapeHtml(text)
    }
  })
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? 'Runbook'
  const body = marked.parse(markdown, { async: false })
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>`
  const style = `<style>${runbookStyle}</style>`
  const back = '<p><a href="/runbooks">All runbooks</a></p>'
  return {
    title,
    html: `<!doctype html><html lang="en"><head>${head}${style}</head><body>${back}${body}</body></html>`
  }
}

/** The target of a link when this service serves the page; undefined for a project file that it does not serve. */
function localTarget(href: string): string | undefined {
  if (/^https?:\/\//.test(href)) return href
  const [, name, fragment = ''] = /^([A-Za-z0-9-]+)\.md(#[\w-]+)?$/.exec(href) ?? []
  if (name === undefined) return undefined
  return name === 'README' ? `/runbooks${fragment}` : `/runbooks/${name}${fragment}`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
