// Runs alone: it stops ZooKeepers.
import { testWithoutQuorum } from '../../integration/health/without-quorum.ts'

testWithoutQuorum(45_000)
