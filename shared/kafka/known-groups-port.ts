import type { CommittedOffset, Deadline, GroupReading, Reading } from './ports.ts'

/** Reads a few groups between two listings of all. */
export interface KnownGroupsReader {
  /**
   * Groups that the last listing has found, as they are now, with their commits: one question of each kind to each coordinator,
   * whatever their number. Groups that are gone or have another coordinator since are missing.
   */
  knownGroups(
    groups: readonly string[],
    options: Deadline
  ): Promise<Reading<{ groups: GroupReading[]; committed: CommittedOffset[] }>>
}
