/** Ends a command once its call is printed: what would follow depends on the answer. */
export class CallPrinted extends Error {
  override readonly name = 'CallPrinted'
}
