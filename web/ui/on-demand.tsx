import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { ownProblem } from '../api/problem.ts'
import { ErrorState, Loading } from './states.tsx'

/**
 * A component whose code and styles are loaded when it is first shown: what few pages need is no part of the first view.
 * @param load imports the module: `() => import('./heavy.tsx').then(({ Heavy }) => Heavy)`
 * @param styles the address of its styles; it is not drawn without them
 */
export function onDemand<P extends object>(load: () => Promise<ComponentType<P>>, styles?: string): ComponentType<P> {
  let Loaded: ComponentType<P> | undefined
  return function OnDemand(props: P) {
    const [problem, setProblem] = useState<Problem | undefined>(undefined)
    const [, setReady] = useState(Loaded !== undefined)
    const [attempt, setAttempt] = useState(0)
    useEffect(() => {
      if (Loaded) return
      let isShown = true
      setProblem(undefined)
      Promise.all([load(), styles === undefined ? undefined : loadStyles(styles)]).then(
        ([component]) => {
          Loaded = component
          if (isShown) setReady(true)
        },
        () => {
          if (isShown) setProblem(notLoaded())
        }
      )
      return () => {
        isShown = false
      }
    }, [attempt])
    if (Loaded) return <Loaded {...props} />
    if (problem) return <ErrorState problem={problem} onRetry={() => setAttempt(attempt + 1)} />
    return <Loading what="Loading this page" lines={6} />
  }
}

/** Puts styles into the document, once. */
async function loadStyles(href: string): Promise<void> {
  if (document.querySelector(`link[href="${href}"]`)) return
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = href
  await new Promise((resolve, reject) => {
    link.addEventListener('load', resolve)
    link.addEventListener('error', () => {
      link.remove()
      reject(new Error(href))
    })
    document.head.append(link)
  })
}

const notLoaded = () =>
  ownProblem(
    'page_not_loaded',
    'This page could not be loaded',
    'A part of the console did not arrive. If kops has been updated meanwhile, load the page again in the browser.'
  )
