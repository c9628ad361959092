import t from 'tap'
import { chooseServiceUser, type ServiceUserCandidates } from '#shared/cluster/stack/service-user.ts'

const root = { uid: 0, gid: 0 }
const nobody = { uid: 65534, gid: 65534 }
const cases: { name: string; candidates: ServiceUserCandidates; expected: { uid: number } | undefined }[] = [
  {
    name: 'an ordinary user',
    candidates: { uid: 1000, gid: 1000, sudo: undefined, owner: { uid: 1001, gid: 1001 }, nobody },
    expected: { uid: 1000 }
  },
  {
    name: 'root through sudo',
    candidates: { ...root, sudo: { uid: 1000, gid: 1000 }, owner: root, nobody },
    expected: { uid: 1000 }
  },
  {
    name: 'root in somebody else’s checkout',
    candidates: { ...root, sudo: undefined, owner: { uid: 1001, gid: 1001 }, nobody },
    expected: { uid: 1001 }
  },
  {
    name: 'root through sudo of root',
    candidates: { ...root, sudo: root, owner: root, nobody },
    expected: { uid: 65534 }
  },
  {
    name: 'root in a checkout that only root can read',
    candidates: { ...root, sudo: undefined, owner: root, nobody: undefined },
    expected: undefined
  }
]
for (const { name, candidates, expected } of cases) {
  t.test(
    `${name} runs the services as ${expected ? `user ${expected.uid}` : 'root without capabilities'}`,
    async (t) => {
      t.match(chooseServiceUser(candidates) ?? {}, expected ?? {})
      t.equal(chooseServiceUser(candidates) === undefined, expected === undefined)
      t.not(chooseServiceUser(candidates)?.uid, 0, 'never root')
    }
  )
}
