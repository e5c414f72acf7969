import type { Event, Item } from '../../pipeline/contract/event.ts';
import { channelOf } from '../../pipeline/fold/channel.ts';
import { foldAgain } from '../../pipeline/fold/partition.ts';
import { uaReasonBits } from '../../pipeline/fold/session.ts';
import { sessionRow } from '../../pipeline/sink/rows.ts';
import type { Warehouse } from './warehouse.ts';

/** An event as a test writes it: only what matters to it. `event_time` is ms, or 'YYYY-MM-DD HH:MM:SS[.mmm]' in UTC. */
export type EventSketch = Partial<Omit<Event, 'items' | 'event_time'>> & {
  event_name: string;
  event_time: number | string;
  items?: Array<Partial<Item>>;
};

const NO_ITEM: Item = {
  item_id: '',
  item_name: '',
  item_brand: '',
  item_category: '',
  item_variant: '',
  coupon: '',
  item_list_id: '',
  item_list_name: '',
  promotion_id: '',
  seller_id: '',
  price: 0,
  discount: 0,
  cost: null,
  quantity: 1,
  index: 0,
  in_stock: true,
};

const NO_EVENT: Omit<Event, 'event_id' | 'event_name' | 'event_time'> = {
  visitor_id: 'v1',
  site: 'shop',
  user_id: null,
  platform: 'web',
  received_time: null,
  page_location: '',
  page_title: '',
  page_referrer: '',
  source: '',
  medium: '',
  campaign: '',
  term: '',
  content: '',
  country: '',
  region: '',
  city: '',
  language: '',
  timezone: '',
  user_agent: '',
  device: '',
  browser: '',
  os: '',
  consent_analytics: true,
  consent_ads: true,
  engagement_time_ms: 0,
  currency: null,
  value: 0,
  tax: 0,
  shipping: 0,
  discount: 0,
  transaction_id: '',
  coupon: '',
  items: [],
  search_term: '',
  promotion_id: '',
  promotion_name: '',
  experiment_id: '',
  variation_id: '',
  group_id: '',
  store_id: '',
  score: null,
  points: 0,
  params: {},
  metrics: {},
};

function timeOf(time: number | string): number {
  if (typeof time === 'number') return time;
  const ms = Date.parse(`${time.replace(' ', 'T')}Z`);
  if (Number.isNaN(ms)) throw new Error(`not a time: ${time}`);
  return ms;
}

/** Fills in what a sketch leaves out; ids are e1, e2, … by place. */
export function eventOf(sketch: EventSketch, index: number): Event {
  const { items, event_time, ...rest } = sketch;
  return {
    ...NO_EVENT,
    event_id: `e${index + 1}`,
    ...rest,
    event_time: timeOf(event_time),
    items: (items ?? []).map(item => ({ ...NO_ITEM, ...item })),
  };
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}

/**
 * Puts events into the tables as the worker would, one partition, in the order given; the log has ended, so that as_of is
 * the newest event's time. Returns nothing: ask the views.
 */
export function loadEvents(
  warehouse: Pick<Warehouse, 'insert'>,
  sketches: EventSketch[],
  options: { topic?: string; gapMs?: number; caughtUp?: string } = {},
): void {
  const topic = options.topic ?? 'events';
  const events = sketches.map((sketch, index) => {
    const event = eventOf(sketch, index);
    const channel =
      event.source === '' && event.medium === '' && event.campaign === '' ? '' : channelOf(event);
    return {
      offset: index,
      event: { ...event, channel },
      uaReasons: event.device === 'bot' ? uaReasonBits('user_agent') : 0,
    };
  });
  const sessions = foldAgain(events, () => options.gapMs ?? 1_800_000);
  const place = { topic, epoch: 1, partition: 0 };
  const homeOf = (event: Event): string => {
    const home = sessions.find(
      s =>
        s.site === event.site &&
        s.visitor === event.visitor_id &&
        s.firstTime <= event.event_time &&
        event.event_time <= s.lastTime,
    );
    if (home === undefined) throw new Error(`no session of ${event.event_id}`);
    return `${topic}-1-0-${home.id}`;
  };
  warehouse.insert(
    'event_rows',
    events.map(({ offset, event }) => {
      const { items, consent_analytics: _, ...fields } = event;
      const nested = Object.fromEntries(
        Object.keys(NO_ITEM).map(key => [`items.${key}`, items.map(item => item[key as keyof Item])]),
      );
      return {
        ...fields,
        ...nested,
        ...place,
        offset,
        version: offset,
        session_id: homeOf(event),
        arrival: stamp(event.received_time ?? event.event_time),
        user_id: event.user_id ?? '',
        currency: event.currency ?? '',
        event_time: stamp(event.event_time),
        received_time: event.received_time === null ? null : stamp(event.received_time),
      };
    }),
  );
  warehouse.insert(
    'session_rows',
    sessions.map(s => {
      const row = sessionRow(place, s, BigInt(events.length));
      return {
        ...row,
        session_offset: s.id,
        version: events.length,
        id_time: stamp(row.id_time),
        started_at: stamp(row.started_at),
        ended_at: stamp(row.ended_at),
      };
    }),
  );
  const watermark = Math.max(0, ...events.map(({ event }) => event.event_time));
  warehouse.insert('positions', [
    {
      ...place,
      version: events.length,
      written_at: stamp(watermark),
      next_offset: events.length,
      last_offset: events.length - 1,
      watermark: stamp(watermark),
      caught_up_at: options.caughtUp ?? '2100-01-01 00:00:00.000',
      log_end: events.length,
      partitions: 1,
      logic_version: 1,
    },
  ]);
  const sites = [...new Set(events.map(({ event }) => event.site))];
  warehouse.insert(
    'site_gaps',
    sites.map(site => ({ site, gap_ms: options.gapMs ?? 1_800_000, pinned_at: '2026-01-01 00:00:00.000' })),
  );
}
