/** How long a call of another system may take, in milliseconds, and what ends it earlier. */
export interface CallLimits {
  deadlineMs: number
  signal?: AbortSignal
}
