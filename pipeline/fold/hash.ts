/**
 * 64-bit hashes in two 32-bit lanes, since a BigInt for each event would be the most costly thing that the fold does.
 * After bryc's cyrb53 (public domain), with both lanes kept whole.
 * The lanes of the last call stand in `hashLanes`: a result object for each call would be garbage for each event.
 */
export const hashLanes = { high: 0, low: 0 };

function finish(h1: number, h2: number): void {
  let a = Math.imul(h1 ^ (h1 >>> 16), 2246822507);
  a ^= Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  let b = Math.imul(h2 ^ (h2 >>> 16), 2246822507);
  b ^= Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  hashLanes.high = b >>> 0;
  hashLanes.low = a >>> 0;
}

/** The identity of an event within a partition: same site, visitor, id and time is the same event. Sets `hashLanes`. */
export function hashEvent(site: string, visitorId: string, eventId: string, eventTime: number): void {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let part = 0; part < 3; part++) {
    const text = part === 0 ? eventId : part === 1 ? visitorId : site;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      h1 = Math.imul(h1 ^ c, 2654435761);
      h2 = Math.imul(h2 ^ c, 1597334677);
    }
    // A separator that no UTF-16 code unit equals, so that ('ab', 'c') differs from ('a', 'bc').
    h1 = Math.imul(h1 ^ 0x10001, 2654435761);
    h2 = Math.imul(h2 ^ 0x10001, 1597334677);
  }
  const high = Math.floor(eventTime / 0x100000000) | 0;
  h1 = Math.imul(h1 ^ (eventTime | 0), 2654435761);
  h2 = Math.imul(h2 ^ (eventTime | 0), 1597334677);
  h1 = Math.imul(h1 ^ high, 2654435761);
  h2 = Math.imul(h2 ^ high, 1597334677);
  finish(h1, h2);
}

/** Hash of a record's bytes, by which a log is recognised again. null and empty differ. */
export function hashBytes(bytes: Uint8Array | null): bigint {
  let h1 = 0xdeadbeef ^ (bytes === null ? 1 : 0);
  let h2 = 0x41c6ce57 ^ (bytes?.length ?? 0);
  if (bytes !== null) {
    for (let i = 0; i < bytes.length; i++) {
      const c = bytes[i] as number;
      h1 = Math.imul(h1 ^ c, 2654435761);
      h2 = Math.imul(h2 ^ c, 1597334677);
    }
  }
  finish(h1, h2);
  return (BigInt(hashLanes.high) << 32n) | BigInt(hashLanes.low);
}

/** Hash of a text's UTF-16 code units: for ids of people, which are kept as hashes only once they are erased. */
export function hashText(text: string): bigint {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ c, 2654435761);
    h2 = Math.imul(h2 ^ c, 1597334677);
  }
  finish(h1, h2);
  return (BigInt(hashLanes.high) << 32n) | BigInt(hashLanes.low);
}
