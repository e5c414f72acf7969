import { pathToFileURL } from 'node:url';
import { createDecoder } from '../../pipeline/contract/decode.ts';
import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { createReader, readerOf } from '../../pipeline/contract/reader.ts';
import { eventType, newest } from '../../pipeline/contract/schema.ts';

export interface DecodeBench {
  /** Bytes of the event, without framing. */
  event_bytes: number;
  /** Per second on one core, the best of the rounds. */
  guarded: number;
  unguarded: number;
  /** Guarded, written with a schema that has other fields and no defaults to fill in. */
  resolved: number;
  /** What the guard alone takes of one event. */
  guard_ns: number;
}

const event = {
  event_id: '0190f3c2-7b1e-7cc3-9f0a-1b2c3d4e5f60',
  event_name: 'page_view',
  event_time: 1_790_000_000_000,
  visitor_id: 'v-1234567890abcdef',
  page_location: 'https://shop.example/p/12345',
  page_referrer: 'https://google.com/',
  country: 'DE',
};

/** Nanoseconds of one call, the best of the rounds: the machine may be busy with other things. */
function best_ns(rounds: number, calls: number, call: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) call();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls);
  }
  return best;
}

/** How fast a typical event is decoded, with the guard and without. Takes about `rounds` × 2 s. */
export function benchDecode({ rounds = 5, calls = 200_000 } = {}): DecodeBench {
  const datum = eventType.toBuffer(event);
  const decoder = createDecoder({});
  const value = frameSingleObject(newest.fingerprint, datum);
  const { guard } = createReader(eventType);

  const schema = JSON.parse(newest.text) as { fields: { name: string }[] };
  const fields = [
    ...schema.fields.filter(field => field.name !== 'city'),
    { name: 'extra', type: 'string', default: '' },
  ];
  const other = readerOf(JSON.stringify({ ...schema, fields }));
  const otherDatum = other.writer.toBuffer({ ...eventType.fromBuffer(datum), extra: 'x' });

  const guarded = best_ns(rounds, calls, () => decoder.decode(value));
  const unguarded = best_ns(rounds, calls, () => eventType.decode(value, 10));
  const resolved = best_ns(rounds, calls, () => other.read(otherDatum, 0));
  const guard_ns = best_ns(rounds, calls * 5, () => guard.walk(datum, 0, datum.length));
  return {
    event_bytes: datum.length,
    guarded: Math.round(1e9 / guarded),
    unguarded: Math.round(1e9 / unguarded),
    resolved: Math.round(1e9 / resolved),
    guard_ns: Math.round(guard_ns),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(JSON.stringify(benchDecode(), null, 2));
