import { HOUR_MS } from './calendar.ts';
import { createEncoder } from './encode.ts';
import type { Life } from './life.ts';
import { createMaker, type Observer } from './log.ts';
import { createPacker, makerOf, type PackedHour, type Packer } from './packed.ts';
import { rootOf } from './people.ts';
import { createShop, type ShopOptions } from './simulate.ts';
import { armRows, bookRows, profileRows, type TableRow } from './tables.ts';
import { createTruth, type TruthPart } from './truth.ts';

/** Tables whose rows follow from people's lives. */
export const LIFE_TABLES = {
  campaign_people: armRows,
  back_office_orders: bookRows,
  profile_values: profileRows,
} as const satisfies Record<string, (life: Life, until: number) => TableRow[]>;
export type LifeTable = keyof typeof LIFE_TABLES;
const lifeTables = Object.entries(LIFE_TABLES) as [LifeTable, (typeof LIFE_TABLES)[LifeTable]][];

/** Rows of one person and those whom they invite, as lines of JSON. */
export interface LifeRows {
  table: LifeTable;
  /** The person's number over all sites: rows stand in its order within an hour. */
  maker: number;
  lines: string;
  rows: number;
}

export interface ShardHour {
  packed: PackedHour;
  rows: LifeRows[];
}

/** A part of a shop's people, and all that they do: shards share nothing, and together they are the shop. */
export interface Shard {
  /** What arrives in the next hour; the first is the shop's first. */
  hour(): ShardHour;
  /** What was made until now, counted. */
  truth(): TruthPart;
}

export interface ShardOptions {
  given: ShopOptions;
  /** Which part, of how many. */
  part: number;
  parts: number;
}

export function createShard({ given, part, parts }: ShardOptions): Shard {
  const shop = createShop(given);
  const { start, end } = shop.calendar;
  const truth = createTruth(shop);
  const encoder = createEncoder();
  /** Events made that arrive in this hour and the next ones. */
  const waiting = new Map<number, Packer>();
  const spare: Packer[] = [];
  let rows: LifeRows[] = [];
  let hoursMade = 0;

  const packerOf = (hour: number): Packer => {
    let packer = waiting.get(hour);
    if (packer === undefined) {
      packer = spare.pop() ?? createPacker(encoder);
      packer.open(start + hour * HOUR_MS);
      waiting.set(hour, packer);
    }
    return packer;
  };

  const makers = shop.worlds.map((world, site) => {
    const observer: Observer = {
      ...truth.observer,
      life(life) {
        truth.observer.life?.(life);
        for (const [table, rowsOf] of lifeTables) {
          const found = rowsOf(life, end);
          if (found.length === 0) continue;
          rows.push({
            table,
            maker: makerOf(site, rootOf(life.person.index)),
            lines: found.map(row => `${JSON.stringify(row)}\n`).join(''),
            rows: found.length,
          });
        }
      },
    };
    return createMaker({
      world,
      part,
      parts,
      misframed: false,
      until: end,
      observer,
      out(record) {
        truth.record(record);
        if (record.event === null) return;
        const hour = Math.floor((record.arrival - start) / HOUR_MS);
        packerOf(hour).add(record.event, record.arrival, makerOf(site, record.who));
      },
    });
  });

  return {
    hour() {
      const hour = hoursMade++;
      for (const maker of makers) maker.make(hour);
      const packer = packerOf(hour);
      const packed = packer.pack();
      waiting.delete(hour);
      spare.push(packer);
      const made = rows;
      rows = [];
      return { packed, rows: made };
    },
    truth: truth.part,
  };
}
