import fc from 'fast-check'
import t from 'tap'
import { prettyJson } from '../../../../web/format/pretty-json.ts'

t.test('integers beyond 2^53, the way numbers are written, and repeated fields stay as they are', async (t) => {
  t.equal(
    prettyJson('{"id":9007199254740993,"price":1.10,"big":1e400,"a":1,"a":2}'),
    '{\n  "id": 9007199254740993,\n  "price": 1.10,\n  "big": 1e400,\n  "a": 1,\n  "a": 2\n}'
  )
})

t.test('braces, commas and quotes within strings break no line', async (t) => {
  t.equal(prettyJson('["{,:}\\"[" , true]'), '[\n  "{,:}\\"[",\n  true\n]')
  t.equal(prettyJson('{"a":{},"b":[ ]}'), '{\n  "a": {},\n  "b": []\n}')
})

t.test('what is no object and no array is not formatted', async (t) => {
  for (const text of ['plain', '12', '"text"', '{"a":', '[1,]', '']) t.equal(prettyJson(text), undefined, text)
})

t.test('whatever JSON it is, its meaning stays', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())), (value) => {
      const text = JSON.stringify(value)
      const pretty = prettyJson(text)
      return pretty !== undefined && JSON.stringify(JSON.parse(pretty)) === JSON.stringify(JSON.parse(text))
    })
  )
})
