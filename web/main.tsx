import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app/app.tsx'
import { followLocation, navigate } from './app/location.ts'
import { identify, isVisible, readings } from './app/runtime.ts'
import { now, startClock } from './state/clock.ts'
import { keepPreferences, preferences } from './state/preferences.ts'

/** Denied to pages in some settings of browsers; then choices last as long as the page. */
function storage(): Storage | undefined {
  try {
    return window.localStorage
  } catch {
    return undefined
  }
}

keepPreferences(storage())
effect(() => {
  document.documentElement.dataset['theme'] = preferences.value.theme
})
addEventListener('popstate', followLocation(window))
// Links are links: only a plain click on one to another page of the console is this script's.
document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return
  if (/^\/(?:docs|runbooks|api|assets)(?:\/|$)/.test(link.pathname) || link.getAttribute('href')?.startsWith('#'))
    return
  event.preventDefault()
  navigate(`${link.pathname}${link.search}`)
})
startClock(isVisible)
// What nobody saw was not read: it is when the page is looked at again.
document.addEventListener('visibilitychange', () => {
  if (!isVisible()) return
  now.value = Date.now()
  readings.refresh()
})

const root = document.getElementById('app')
if (root) render(<App identify={identify} />, root)
