const most = 20

/** The first few faults, in words: a loss of millions needs no million sentences. */
export function createEvidence(): { texts: string[]; note(text: string): void } {
  const texts: string[] = []
  return {
    texts,
    note(text) {
      if (texts.length < most) texts.push(text)
    }
  }
}
