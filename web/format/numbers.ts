/** `1 234 567`, with narrow spaces that do not break. */
export function formatCount(value: number): string {
  const [whole = '', part] = String(value).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, '\u202f')
  return part === undefined ? grouped : `${grouped}.${part}`
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Three significant digits: `999 B`, `1.50 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : significant(value)} ${byteUnits[unit]}`
}

function significant(value: number): string {
  if (value >= 99.95) return value.toFixed(0)
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

/** A length of time in its two largest units: `450 ms`, `12 s`, `3 min 5 s`, `2 h 1 min`, `4 d 3 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0 s'
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`
  const units: [name: string, seconds: number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1]
  ]
  const whole = Math.round(seconds)
  const at = units.findIndex(([, size]) => whole >= size)
  const [first, second] = units.slice(at)
  if (first === undefined) return '0 s'
  const most = Math.floor(whole / first[1])
  const rest = second === undefined ? 0 : Math.floor((whole % first[1]) / second[1])
  return rest === 0 || second === undefined ? `${most} ${first[0]}` : `${most} ${first[0]} ${rest} ${second[0]}`
}

/** `counted(1, 'topic')`: `1 topic`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `12.3 %` of a share between 0 and 1. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
