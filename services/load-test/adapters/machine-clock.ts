/**
 * From the monotonic time of this thread (performance.now()) to that of the machine, in milliseconds: all threads and processes of
 * a machine share it, and it neither jumps with the time of day nor differs between threads that were started before and after
 * the machine slept.
 */
export function machineOffsetMs(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now()
}
