import type { Event, Item } from '../../pipeline/contract/event.ts';
import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { columnsOf, PIPELINE_TABLES, type PipelineTable } from '../../pipeline/sink/layout.ts';
import { event, item } from './event.ts';
import { runWorker } from './logRun.ts';
import { createMemorySource } from './memorySource.ts';
import { createMemoryStore, type Row } from './memoryStore.ts';
import type { Warehouse } from './warehouse.ts';

/** An event as a test writes it: only what matters to it. `event_time` is ms, or 'YYYY-MM-DD HH:MM:SS[.mmm]' in UTC. */
export type EventSketch = Partial<Omit<Event, 'items' | 'event_time'>> & {
  event_name: string;
  event_time: number | string;
  items?: Array<Partial<Item>>;
};

/** What a sketch of a bot sends where it does not say: bots are told by this, not by `device`. */
const BOT_USER_AGENT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

function timeOf(time: number | string): number {
  if (typeof time === 'number') return time;
  const ms = Date.parse(`${time.replace(' ', 'T')}Z`);
  if (Number.isNaN(ms)) throw new Error(`not a time: ${time}`);
  return ms;
}

/** Fills in what a sketch leaves out; ids are e1, e2, … by place. */
export function eventOf(sketch: EventSketch, index: number): Event {
  const { items, event_time, ...rest } = sketch;
  return event({
    event_id: `e${index + 1}`,
    ...(sketch.device === 'bot' ? { user_agent: BOT_USER_AGENT } : {}),
    ...rest,
    event_time: timeOf(event_time),
    items: (items ?? []).map(given => item({ item_id: '', ...given })),
  });
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}

/** A decoded value as JSON that ClickHouse reads. */
function plain(type: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number') return value;
  if (type.includes('DateTime64')) return stamp(value);
  return type.includes('DateTime') ? stamp(value).slice(0, -4) : value;
}

/**
 * Puts events into the tables by the worker itself: their bytes as one partition's log, in the order given, arriving when
 * they were received or else happened, and read to its end, so that as_of is the newest event's time. Resolves when all
 * rows are in: ask the views. Errors: an event that the worker rejects.
 */
export async function loadEvents(
  warehouse: Pick<Warehouse, 'insert'>,
  sketches: EventSketch[],
  options: { topic?: string; gapsMs?: Readonly<Record<string, number>> } = {},
): Promise<void> {
  const events = sketches.map(eventOf);
  const store = createMemoryStore({ gapsMs: options.gapsMs ?? {} });
  const source = createMemorySource({
    logs: [
      {
        stream: { topic: options.topic ?? 'events', epoch: 1, partition: 0 },
        records: events.map((event, offset) => ({
          offset,
          arrival: event.received_time ?? event.event_time,
          key: Buffer.from(event.visitor_id),
          value: frameSingleObject(newest.fingerprint, encodeEvent(event)),
          headers: [],
        })),
      },
    ],
    batchRecords: () => 1_000,
  });
  await runWorker({ source, store }).done;
  const [rejected] = store.rows('dead_letter_rows');
  if (rejected !== undefined)
    throw new Error(
      `${events[Number(rejected.offset)]?.event_id} was rejected: ${rejected.reason}, ${rejected.detail}`,
    );
  putRows(warehouse, table => store.rows(table));
}

/** Inserts a memory store's rows: `rowsOf` a table is its newest ones, or all that were ever inserted. */
export function putRows(
  warehouse: Pick<Warehouse, 'insert'>,
  rowsOf: (table: PipelineTable | 'site_gaps') => Row[],
): void {
  for (const table of [...PIPELINE_TABLES, 'site_gaps'] as const) {
    const columns = columnsOf(table);
    const asJson = (row: Row): Row =>
      Object.fromEntries(columns.map(({ name, type }) => [name, plain(type, row[name])]));
    warehouse.insert(table, rowsOf(table).map(asJson));
  }
}
