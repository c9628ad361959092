import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface DialogProps {
  title: string
  onClose: () => void
  class?: string
  children: ComponentChildren
}

/** The browser's own modal dialog: it keeps the focus, closes with Escape, and gives the focus back. */
export function Dialog({ title, onClose, class: name = '', children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  // Not after the next paint: what is typed meanwhile would go to the page.
  useLayoutEffect(() => {
    element.current?.showModal()
  }, [])
  return (
    <dialog ref={element} class={name} aria-label={title} onClose={onClose}>
      {children}
    </dialog>
  )
}
