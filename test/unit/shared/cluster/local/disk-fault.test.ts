import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { fillDisk, freeDisk, parseFileSizeLimit, readDisk } from '#shared/cluster/local/disk-fault.ts'

t.test("the limit of a file's size is read from the kernel's table", async (t) => {
  const table = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             0                    unlimited            bytes     
Max core file size        7                    8                    bytes     
`
  t.same(parseFileSizeLimit(table), { soft: '0', hard: 'unlimited' })
  t.equal(parseFileSizeLimit(''), undefined)
})

t.test('a process whose disk is full cannot write to a file until there is room again', async (t) => {
  const file = `${t.testdir()}/grows`
  const child = spawn('bash', [
    '-c',
    `trap "" XFSZ; while read -r line; do echo "$line" >> ${file} && echo yes || echo no; done`
  ])
  t.teardown(() => child.kill())
  child.stderr.resume()
  const { pid = 0 } = child
  const write = async (): Promise<string> => {
    child.stdin.write('x\n')
    const [answer] = await once(child.stdout, 'data')
    return String(answer).trim()
  }
  t.equal(await write(), 'yes')
  t.equal(await readDisk(pid), undefined)
  await freeDisk(pid)
  t.equal(await write(), 'yes', 'freeing what is not full changes nothing')
  await fillDisk(pid)
  t.match(await readDisk(pid), { kind: 'disk-full', whole: true })
  t.equal(await write(), 'no')
  await freeDisk(pid)
  t.equal(await readDisk(pid), undefined)
  t.equal(await write(), 'yes')
})

t.test('the limits of a process of another user change too', async (t) => {
  if (process.getuid?.() !== 0) {
    t.pass('only root has such processes')
    return
  }
  const child = spawn('sleep', ['60'], { uid: 65534, gid: 65534 })
  t.teardown(() => child.kill())
  await once(child, 'spawn')
  const { pid = 0 } = child
  await fillDisk(pid)
  t.match(await readDisk(pid), { kind: 'disk-full', whole: true })
  await freeDisk(pid)
  t.equal(await readDisk(pid), undefined)
})

t.test('a process that has ended has no full disk, and needs no room', async (t) => {
  const child = spawn('true')
  const { pid = 0 } = child
  await once(child, 'exit')
  t.equal(await readDisk(pid), undefined)
  await freeDisk(pid)
})
