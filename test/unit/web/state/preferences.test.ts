import t from 'tap'
import {
  choose,
  defaultPreferences,
  keepPreferences,
  parsePreferences,
  preferences
} from '../../../../web/state/preferences.ts'

t.test('what is kept and not understood is as by default', async (t) => {
  for (const text of [null, '', 'nonsense', '[]', '"x"', '{"theme":"pink","zone":1}']) {
    t.same(parsePreferences(text), defaultPreferences, String(text))
  }
  t.same(parsePreferences('{"theme":"dark","singleKeys":false}'), {
    ...defaultPreferences,
    theme: 'dark',
    singleKeys: false
  })
})

t.test('choices are kept, and nothing else is', async (t) => {
  const kept = new Map([['kops', '{"zone":"local"}']])
  keepPreferences({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) })
  t.equal(preferences.value.zone, 'local')
  choose({ theme: 'light' })
  t.same([...kept.keys()], ['kops'])
  t.same(JSON.parse(kept.get('kops') ?? ''), { ...defaultPreferences, zone: 'local', theme: 'light' })
})
