import t from 'tap'
import { createKeys, type PressedKey } from '../../../../web/app/keys.ts'

function build() {
  let at = 0
  const keys = createKeys({ places: { t: '/topics', g: '/groups', a: '/alerts' }, now: () => at })
  const press = (key: string, more: Partial<PressedKey> = {}, singleKeys = true) =>
    keys({ key, ctrlKey: false, metaKey: false, altKey: false, inField: false, ...more }, { singleKeys })
  return { press, wait: (ms: number) => (at += ms) }
}

t.test('single keys act outside fields, unless they are switched off', async (t) => {
  const { press } = build()
  t.same(press('/'), { does: 'search' })
  t.same(press('?'), { does: 'help' })
  t.same(press('j'), { does: 'nextRow' })
  t.same(press('.'), { does: 'rowActions' })
  t.equal(press('j', { inField: true }), undefined)
  t.equal(press('j', {}, false), undefined)
  t.equal(press('j', { ctrlKey: true }), undefined)
  t.equal(press('x'), undefined)
})

t.test('Ctrl-K and Escape act everywhere', async (t) => {
  const { press } = build()
  t.same(press('k', { ctrlKey: true, inField: true }, false), { does: 'palette' })
  t.same(press('K', { metaKey: true }), { does: 'palette' })
  t.same(press('Escape', { inField: true }, false), { does: 'back' })
})

t.test('g and a letter go to a page, if they follow each other soon', async (t) => {
  const { press, wait } = build()
  t.equal(press('g'), undefined)
  t.same(press('t'), { does: 'go', to: '/topics' })
  press('g')
  t.same(press('g'), { does: 'go', to: '/groups' })
  press('g')
  wait(1501)
  t.equal(press('t'), undefined)
  press('g')
  t.same(press('j'), { does: 'nextRow' }, 'a letter without a page acts by itself')
  t.equal(press('t'), undefined)
})
