/**
 * Remembers a pure function's answers by their string, in two generations: when the younger is full it becomes the older,
 * and the older is forgotten, so at most 2 × `entriesMax` answers are held and what is in use stays.
 */
export function memo<T>(entriesMax: number, compute: (key: string) => T): (key: string) => T {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return key => {
    const known = young.get(key);
    if (known !== undefined) return known;
    const answer = old.get(key) ?? compute(key);
    if (young.size >= entriesMax) {
      old = young;
      young = new Map();
    }
    young.set(key, answer);
    return answer;
  };
}
