import t from 'tap'
import { plotData, shapeOf, valuesAt, valueText } from '../../../../web/plot/plot-data.ts'

t.test('lines that share their places are columns as they are', async (t) => {
  const chart = { x: [0, 1, 2], series: [{ name: 'a', values: [1, null, 3] }] }
  t.same(plotData(chart), [
    [0, 1, 2],
    [1, null, 3]
  ])
})

t.test('lines with places of their own have nothing at the places of others, which is no gap', async (t) => {
  const series = [
    { name: 'a', x: [0, 2], values: [1, null] },
    { name: 'b', x: [1, 2, 3], values: [4, 5, 6] }
  ]
  t.same(plotData({ x: [], series }), [
    [0, 1, 2, 3],
    [1, undefined, null, undefined],
    [undefined, 4, 5, 6]
  ])
})

t.test('the legend has the values at the pointer, or the last ones that are known', async (t) => {
  const data = plotData({
    x: [0, 1, 2],
    series: [
      { name: 'a', values: [1, 2, null] },
      { name: 'b', values: [null, null, null] }
    ]
  })
  t.same(valuesAt(data, undefined), [2, undefined])
  t.same(valuesAt(data, 0), [1, null])
  t.same(valuesAt(data, 9), [2, undefined], 'the values have become fewer')
})

t.test('values have four digits at most', async (t) => {
  const texts: [value: number | null | undefined, text: string][] = [
    [null, '—'],
    [undefined, '—'],
    [0, '0'],
    [0.31234, '0.3123'],
    [12.3456, '12.35'],
    [40_120.4, '40\u202f120']
  ]
  for (const [value, text] of texts) t.equal(valueText(value), text)
})

t.test('a plot is made again for other lines, and not for other values', async (t) => {
  const chart = { id: 'rate', title: 'Rate', unit: 'ms', x: [0], series: [{ name: 'a', values: [1] }] }
  t.equal(shapeOf(chart), shapeOf({ ...chart, x: [0, 1], series: [{ name: 'a', values: [1, 2] }] }))
  t.not(shapeOf(chart), shapeOf({ ...chart, series: [...chart.series, { name: 'b', values: [1] }] }))
})
