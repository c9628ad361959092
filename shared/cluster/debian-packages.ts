import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface UnpackOptions {
  /** The folder that the packages' files will be in, whole or not at all. */
  target: string
  /**
   * The packages, or what finds them.
   * @param lists options with which apt reads the same lists of packages
   */
  packages: readonly string[] | ((lists: readonly string[]) => Promise<readonly string[]>)
  /** Changes the files before they are in place. */
  finish?: (root: string) => Promise<void>
  /** Whether the folder has what it should have. */
  isWhole: (root: string) => Promise<boolean>
  signal?: AbortSignal | undefined
}

/**
 * Downloads Debian's packages and unpacks them into a folder. Nothing is installed, no script of a package runs, and root is not
 * needed. Two calls at once are safe.
 * @throws the error of apt-get or dpkg
 */
export async function unpackDebianPackages({
  target,
  packages,
  finish,
  isWhole,
  signal
}: UnpackOptions): Promise<void> {
  const cacheDir = join(target, '..')
  await mkdir(cacheDir, { recursive: true })
  const work = await mkdtemp(join(cacheDir, `${basename(target)}-`))
  const options = { cwd: work, maxBuffer: 64 * 1024 * 1024, ...(signal && { signal }) }
  const download = async (lists: readonly string[]) => {
    const names = typeof packages === 'function' ? await packages(lists) : packages
    await run('apt-get', [...lists, 'download', ...names], options)
  }
  try {
    await download([]).catch(async () => {
      signal?.throwIfAborted()
      // The machine's package lists are missing or out of date. Our own lists need no root and change nothing there.
      const lists = join(work, 'lists')
      const archives = join(work, 'archives')
      await mkdir(join(lists, 'partial'), { recursive: true })
      await mkdir(join(archives, 'archives/partial'), { recursive: true })
      const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${archives}`]
      // Without the error mode it ends with 0 though it fetched nothing, and the cause is lost.
      await run('apt-get', [...own, '-o', 'APT::Update::Error-Mode=any', 'update'], options)
      await download(own)
    })
    const root = join(work, 'root')
    for (const name of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(work, name), root], options)
    }
    await finish?.(root)
    await writeFile(join(root, 'README'), "Unpacked from Debian's packages; remove this folder to fetch them again.\n")
    await rename(root, target).catch(async (error: NodeJS.ErrnoException) => {
      // Either another call was faster, which is fine, or the directory is broken, which is not.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      if (await isWhole(target)) return
      await rm(target, { recursive: true, force: true })
      await rename(root, target)
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
