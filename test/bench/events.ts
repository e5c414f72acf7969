import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';

/** The load of the benchmark: a shop's clicks, about 160 bytes each, in order of time. */
export const LOAD = { events: 2_000_000, visitors: 50_000, partitions: 4, stepMs: 20 };

const NAMES = [
  'page_view',
  'view_item',
  'page_view',
  'add_to_cart',
  'page_view',
  'search',
  'view_item',
  'page_view',
];
const COUNTRIES = ['DE', 'US', 'FR', 'CN'];
const DEVICES = ['mobile', 'desktop', 'mobile', 'tablet'];

export function visitorOf(i: number): string {
  // A visitor's events come in runs with others' between them, as at a real shop.
  const v = (Math.floor(i / 997) * 31 + (i % 997) * 50) % LOAD.visitors;
  return `v-${v.toString(36).padStart(8, '0')}`;
}

/** Event `i` of the load as it stands in the log. `start`: ms. */
export function messageOf(i: number, start: number): Buffer {
  const visitor = visitorOf(i);
  const v = visitor.charCodeAt(visitor.length - 1);
  return frameSingleObject(
    newest.fingerprint,
    encodeEvent({
      event_id: `e-${i.toString(36).padStart(14, '0')}`,
      event_name: NAMES[i % NAMES.length] ?? 'page_view',
      event_time: start + i * LOAD.stepMs,
      visitor_id: visitor,
      page_location: `https://shop.example/products/${(i * 7) % 4000}`,
      country: COUNTRIES[v % 4] ?? '',
      language: 'de-DE',
      device: DEVICES[v % 4] ?? '',
      browser: 'Chrome',
      os: 'Android',
    }),
  );
}
