import { randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/**
 * The files of a secured cluster, under `security` of the state directory. Each folder but the outer one belongs to one
 * user only: the agent's, or for `kops` the one that the services run as. A broker that runs as another user may enter
 * `brokers` and read its own keystore there.
 */
export function securityFiles(stateDir: string) {
  const folder = join(resolve(stateDir), 'security')
  const of = (name: string) => join(folder, name)
  return {
    folder,
    /** The certificate of the authority, which is no secret. */
    ca: of('ca.pem'),
    authority: { folder: of('authority'), key: of('authority/key.pem') },
    brokers: {
      folder: of('brokers'),
      /** Key and certificate of a broker. */
      keystore: (broker: string) => of(`brokers/${broker}.pem`),
      /** The part of a broker's server.properties about security; under Compose, where a container reads it. */
      properties: (broker: string) => of(`brokers/${broker}.properties`),
      /** Settings with which Kafka's tools act as a broker, a super user, on the brokers' own listener. */
      admin: of('brokers/admin.properties'),
      /** The access that the cluster was last given. */
      granted: of('brokers/granted')
    },
    kops: {
      folder: of('kops'),
      password: of('kops/password'),
      certificate: of('kops/certificate.pem'),
      key: of('kops/key.pem'),
      /** Both in one file, as Kafka's own clients read them. */
      keystore: of('kops/keystore.pem'),
      /** Settings with which Kafka's tools act as kops. */
      client: of('kops/client.properties')
    },
    containers: {
      folder: of('containers'),
      /** What a container of Compose has as its own `security` folder. */
      mounted: (container: string) => of(`containers/${container}`),
      /** Its variables. */
      environment: (container: string) => of(`containers/${container}.env`)
    }
  }
}

export type SecurityFiles = ReturnType<typeof securityFiles>

/** Creates the folders that are missing. */
export async function makeSecurityFolders({ folder, authority, brokers, kops }: SecurityFiles): Promise<void> {
  await mkdir(folder, { recursive: true })
  // Whatever this process' umask is.
  await chmod(folder, 0o755)
  for (const one of [authority, brokers, kops]) await mkdir(one.folder, { recursive: true, mode: 0o700 })
}

/** Replaces a file atomically by one that only the owner of its folder can read. */
export function writePrivate(path: string, text: string): Promise<void> {
  return replaceFile(path, text, 0o600)
}

/** Replaces a file atomically by one that everyone can read. */
export function writePublic(path: string, text: string): Promise<void> {
  return replaceFile(path, text, 0o644)
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const made = `${path}.${randomUUID()}`
  await writeFile(made, text, { mode })
  await chmod(made, mode)
  if (process.getuid?.() === 0) {
    const { uid, gid } = await stat(dirname(path))
    await chown(made, uid, gid)
  }
  await rename(made, path)
}

/** Gives the credentials of kops to the user that the services run as. Only root can; others run them as themselves. */
export async function giveToServices({ kops }: SecurityFiles, user: { uid: number; gid: number }): Promise<void> {
  if (process.getuid?.() !== 0) return
  for (const name of await readdir(kops.folder)) await chown(join(kops.folder, name), user.uid, user.gid)
  await chown(kops.folder, user.uid, user.gid)
}
