/** An event's place in event time. Ties on the time go by the id's UTF-8 bytes, as ClickHouse orders strings. */
export interface Mark {
  time: number;
  id: string;
}

/**
 * Orders strings as their UTF-8 bytes order: < 0, 0 or > 0. UTF-16 code units order alike, but for surrogates, which
 * stand below U+E000–U+FFFF there and above them in UTF-8.
 */
export function compareUtf8(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}

/** Does (time, id) come before the mark? */
export function isBefore(time: number, id: string, mark: Mark): boolean {
  return time < mark.time || (time === mark.time && compareUtf8(id, mark.id) < 0);
}

/** Does (time, id) come after the mark? */
export function isAfter(time: number, id: string, mark: Mark): boolean {
  return time > mark.time || (time === mark.time && compareUtf8(id, mark.id) > 0);
}
