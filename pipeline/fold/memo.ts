/**
 * Remembers a pure function's answers by their string, in two generations: when the younger is full it becomes the older,
 * and the older is forgotten, so at most 2 × `entriesMax` answers are held and what is in use stays.
 */
export function memo<T extends {}>(entriesMax: number, compute: (key: string) => T): (key: string) => T {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return key => {
    const known = young.get(key);
    if (known !== undefined) return known;
    // A copy, because a slice would keep the whole text that it was cut from in memory.
    const own = Buffer.from(key).toString();
    const answer = old.get(key) ?? compute(own);
    if (young.size >= entriesMax) {
      old = young;
      young = new Map();
    }
    young.set(own, answer);
    return answer;
  };
}
