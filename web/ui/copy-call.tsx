import { useEffect, useRef } from 'preact/hooks'
import { copyAs } from '../api/copy-as.ts'
import type { Parts, Route } from '../api/routes.ts'
import { needsToken, shownCall } from '../app/runtime.ts'
import { CommandLine } from './copy-button.tsx'
import { Icon } from './icon.tsx'

/** The call that this page was made from, as command lines. */
export function CopyShownCall() {
  const shown = shownCall.value
  return shown && <CopyCall route={shown.route} parts={shown.parts} />
}

/** A call as command lines of kops and curl, in a menu. */
export function CopyCall({ route, parts }: { route: Route; parts: Parts }) {
  const { kops, curl } = copyAs(route, parts, { origin: window.location.origin, needsToken: needsToken.value })
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    // As menus do: a click elsewhere closes it.
    const onClick = ({ target }: MouseEvent) => {
      if (menu.current?.open && target instanceof Node && !menu.current.contains(target)) menu.current.open = false
    }
    document.addEventListener('click', onClick)
    return () => document.removeEventListener('click', onClick)
  }, [])
  return (
    <details class="menu" ref={menu}>
      <summary>
        <Icon name="terminal" />
        Copy as
      </summary>
      <div class="menu-body">
        {kops && (
          <>
            <h3>kops</h3>
            <CommandLine text={kops} />
          </>
        )}
        <h3>curl</h3>
        <CommandLine text={curl} />
        {needsToken.value && (
          <p class="muted">
            <code>KOPS_TOKEN</code> holds your token.
          </p>
        )}
      </div>
    </details>
  )
}
