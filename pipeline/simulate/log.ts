import type { Event } from '../contract/event.ts';
import { partitionOf } from '../contract/murmur2.ts';
import { type BotReason, botEvents, botOf, botsOn, botVisitor } from './bots.ts';
import { DAY_MS, HOUR_MS } from './calendar.ts';
import { duplicateOf, type SimulatedRecord, send } from './damage.ts';
import { errandEvents } from './errand.ts';
import { type Errand, type Life, lifeOf, type Visit, type World } from './life.ts';
import { SHOP } from './shop.ts';
import { eventsOf } from './visit.ts';

/** Told of what is made, by its maker: the truth is counted from this. */
export interface Observer {
  life?(life: Life): void;
  visit?(life: Life, visit: Visit, events: readonly Event[]): void;
  errand?(life: Life, errand: Errand, events: readonly Event[]): void;
  bot?(reason: BotReason, events: readonly Event[]): void;
}

export interface MakerOptions {
  world: World;
  /** Whose records are made, by visitor; left out: everybody's. */
  mine?: (visitor: string) => boolean;
  /** Only people and bots whose number leaves `part` when divided by `parts`, with whom they invite. */
  part?: number;
  parts?: number;
  /** Records whose bytes are no event, too. */
  misframed: boolean;
  /** Visits and errands that begin to arrive from then on are not made, ms; Infinity: endless. */
  until: number;
  observer?: Observer;
  /** Takes each record when it is made: up to TAIL_HOURS before it arrives, in the order of making. */
  out: (record: SimulatedRecord) => void;
}

export interface Maker {
  /** Makes all that begins to arrive in an hour of the shop's life, counted from its first: one after the other. */
  make(hour: number): void;
  /** Forgets everything and goes on with this hour, which takes planning everybody who came before it. */
  restart(hour: number): void;
}

/** A log that is made as it is read. */
export interface Log {
  /**
   * The records that arrive in an hour of the shop's life, counted from its first, in the order of `byArrival`: a pure
   * function of seed, partition and hour. Going forwards hour by hour is fast; any other hour first plans again the
   * visits of everybody who came before it.
   */
  hour(hour: number): SimulatedRecord[];
}

/** The order of a log. What one maker makes for the same ms stays in the order of making. */
export function byArrival(a: SimulatedRecord, b: SimulatedRecord): number {
  return a.arrival - b.arrival || a.who - b.who;
}

/** How long after it began to arrive a visit may still have records to come: see damage.ts. */
export const TAIL_HOURS = 2;

const KINDS = { visit: 0, errand: 1, echo: 2, bot: 3 } as const;
const KIND_COUNT = 4;

/** Lives kept, about 2 KB each. */
const LIVES_MAX = 8_192;

/** Something planned: when its first record may arrive, whose it is, and what (kind and number in one). */
interface Entry {
  at: number;
  who: number;
  what: number;
}

export function createMaker(options: MakerOptions): Maker {
  const { world, mine = () => true, part = 0, parts = 1, misframed, until, observer, out } = options;
  const { start } = world.calendar;
  /** Hours planned but not made, by hour. */
  let planned = new Map<number, Entry[]>();
  let daysPlanned = 0;
  let hoursMade = 0;

  /** Those planned or asked for last: most first visits are made on the day on which they are planned. */
  const lives = new Map<number, Life>();
  /** Whose they are, in the order of coming, round and round: a map walks over all that left it to find its oldest. */
  const kept = new Float64Array(LIVES_MAX);
  let oldest = 0;

  function lifeFor(index: number): Life {
    let life = lives.get(index);
    if (life === undefined) {
      life = lifeOf(world, index);
      if (lives.size >= LIVES_MAX) lives.delete(kept[oldest] as number);
      kept[oldest] = index;
      oldest = (oldest + 1) % LIVES_MAX;
      lives.set(index, life);
    }
    return life;
  }

  function put(at: number, who: number, what: number): void {
    if (at >= until) return;
    const hour = Math.floor((at - start) / HOUR_MS);
    if (hour < hoursMade) return;
    const entries = planned.get(hour);
    if (entries === undefined) planned.set(hour, [{ at, who, what }]);
    else entries.push({ at, who, what });
  }

  function planLife(index: number): void {
    const life = lifeFor(index);
    observer?.life?.(life);
    const devices = life.person.devices.map(device => mine(device.visitor));
    life.visits.forEach((visit, i) => {
      if (visit.lost || devices[visit.device] !== true) return;
      const at = visit.syncedAt > 0 ? visit.syncedAt : visit.at;
      put(at, index, i * KIND_COUNT + KINDS.visit);
      if (visit.echoAfter > 0) put(at + visit.echoAfter, index, i * KIND_COUNT + KINDS.echo);
    });
    life.errands.forEach((errand, i) => {
      if (devices[errand.device] === true) put(errand.at, index, i * KIND_COUNT + KINDS.errand);
    });
    for (const invited of life.invited) planLife(invited.index);
  }

  function planDay(day: number): void {
    const first = world.births.first(day);
    const last = world.births.first(day + 1);
    for (let index = first + ((part - (first % parts) + parts) % parts); index < last; index += parts)
      planLife(index);
    const bots = botsOn(world, day);
    for (let n = part; n < bots; n += parts) {
      const { index, at } = botOf(world, day, n);
      if (mine(botVisitor(world, index))) put(at, index, n * KIND_COUNT + KINDS.bot);
    }
  }

  function make({ at, who, what }: Entry): void {
    const kind = what % KIND_COUNT;
    const number = Math.floor(what / KIND_COUNT);
    if (kind === KINDS.bot) {
      const { events, reason } = botEvents(world, who, at);
      observer?.bot?.(reason, events);
      send(world, events, who, 0, 0, misframed, out);
      return;
    }
    const life = lifeFor(who);
    if (kind === KINDS.errand) {
      const errand = life.errands[number];
      const events = errandEvents(life, number);
      if (errand !== undefined) observer?.errand?.(life, errand, events);
      send(world, events, who, -1 - number, 0, misframed, out);
      return;
    }
    const visit = life.visits[number];
    if (visit === undefined) throw new Error(`person ${who} has no visit ${number}`);
    const events = eventsOf(life, visit);
    if (kind === KINDS.visit) {
      observer?.visit?.(life, visit, events);
      send(world, events, who, number, visit.syncedAt, misframed, out);
      // Most people come once: they need not be kept.
      if (life.visits.length === 1 && life.errands.length === 0 && visit.echoAfter === 0) lives.delete(who);
    } else {
      out(duplicateOf(events.at(-1) as Event, who, at));
    }
  }

  return {
    make(hour) {
      hoursMade = hour;
      for (const day = Math.floor(hour / 24); daysPlanned <= day; daysPlanned++) {
        if (start + daysPlanned * DAY_MS < until) planDay(daysPlanned);
      }
      const entries = planned.get(hour);
      if (entries === undefined) return;
      planned.delete(hour);
      entries.sort((a, b) => a.at - b.at || a.who - b.who || a.what - b.what);
      for (const entry of entries) make(entry);
    },
    restart(hour) {
      planned = new Map();
      // Nobody's life is longer, so nobody before can have anything left.
      daysPlanned = Math.max(0, Math.floor(hour / 24) - SHOP.lifeDays - LIFE_SLACK_DAYS);
      hoursMade = hour;
    },
  };
}

export interface LogOptions {
  world: World;
  partitions: number;
  /** One partition, or null for all of them in one order of arrival. */
  partition: number | null;
  misframed: boolean;
  until: number;
  observer?: Observer;
}

export function createLog({ partitions, partition, ...options }: LogOptions): Log {
  const { start } = options.world.calendar;
  /** Records made that arrive in hours to come. */
  let waiting = new Map<number, SimulatedRecord[]>();
  let hoursMade = 0;
  const maker = createMaker({
    ...options,
    ...(partition === null ? {} : { mine: visitor => partitionOf(visitor, partitions) === partition }),
    out(record) {
      const hour = Math.floor((record.arrival - start) / HOUR_MS);
      const records = waiting.get(hour);
      if (records === undefined) waiting.set(hour, [record]);
      else records.push(record);
    },
  });

  return {
    hour(hour) {
      const first = Math.max(0, hour - TAIL_HOURS);
      if (hour < hoursMade || first > hoursMade) {
        waiting = new Map();
        maker.restart(first);
        hoursMade = first;
      }
      for (; hoursMade <= hour; hoursMade++) {
        maker.make(hoursMade);
        if (hoursMade < hour) waiting.delete(hoursMade);
      }
      const records = waiting.get(hour) ?? [];
      waiting.delete(hour);
      return records.sort(byArrival);
    },
  };
}

/** What follows a last visit (parcels, letters, echoes, offline apps, invited people) may come this much later. */
const LIFE_SLACK_DAYS = 800;
