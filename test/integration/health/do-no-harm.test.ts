// Runs alone: it stops ZooKeepers.
import { testWithoutQuorum } from './without-quorum.ts'

testWithoutQuorum(30_000)
