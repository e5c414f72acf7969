import type { Event } from '../contract/event.ts';
import type { RejectReason } from '../contract/outcome.ts';
import { eventLike } from './blank.ts';
import { DAY_MS } from './calendar.ts';
import type { World } from './life.ts';
import { logNormal, PURPOSE, type Stream, stream, whole } from './random.ts';
import { SHOP } from './shop.ts';

/** What must become of a record, by who made it. */
export type Fate = 'accepted' | 'duplicate' | 'unconsented' | RejectReason;

export const MISFRAMED = ['empty', 'oversized', 'unframed', 'undecodable'] as const;
export type Misframed = (typeof MISFRAMED)[number];

/** A record as it comes in: an event, or bytes that are none. */
export interface SimulatedRecord {
  /** When the collector, and so the log, gets it: ms UTC, never falling within a partition. */
  arrival: number;
  /** Whose it is: a person's number, or a bot's. At equal times the lower comes first. */
  who: number;
  /** The Kafka key: the visitor. */
  key: string;
  /** Its received_time is the arrival. Null for bytes that are no event. */
  event: Event | null;
  misframed: Misframed | null;
  fate: Fate;
}

const broken = Object.entries(SHOP.damage.broken) as [keyof typeof SHOP.damage.broken, number][];
const misframed = Object.entries(SHOP.damage.misframed) as [Misframed, number][];
const BROKEN_IN_ALL = broken.reduce((sum, [, share]) => sum + share, 0);
const MISFRAMED_IN_ALL = misframed.reduce((sum, [, share]) => sum + share, 0);

/** The longest way of one sending; with a visit's length under two hours, so that an hour's records need two before it. */
const DELAY_MAX_MS = 30_000;

/** Which of several shares a draw below their sum falls into. */
function among<T>(shares: readonly (readonly [T, number])[], draw: number): T {
  let left = draw;
  for (const [what, share] of shares) {
    left -= share;
    if (left < 0) return what;
  }
  return (shares.at(-1) as readonly [T, number])[0];
}

/**
 * Sends the events of one visit or errand: late, twice, with broken ones beside them. The good events are never changed
 * or lost, so whatever is counted over them is known. `who` and `which` name the visit; `syncedAt` is when an offline app
 * sent it all, 0 for at once.
 */
export function send(
  world: World,
  events: readonly Event[],
  who: number,
  which: number,
  syncedAt: number,
  withMisframed: boolean,
  out: (record: SimulatedRecord) => void,
): void {
  const { damage } = SHOP;
  const random = stream(world.seed, PURPOSE.damage, who, which);
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as Event;
    const delay = Math.min(
      DELAY_MAX_MS,
      Math.round(logNormal(random, damage.delayMedianMs, damage.delaySigma)),
    );
    let arrival = (syncedAt > 0 ? syncedAt + i * 15 : event.event_time) + delay;
    const way = random();
    if (syncedAt === 0 && way < damage.late) arrival += whole(random, 1_000, damage.lateMinutesMax * 60_000);
    event.received_time = arrival;
    const consents = event.consent_analytics;
    out({
      arrival,
      who,
      key: event.visitor_id,
      event,
      misframed: null,
      fate: consents ? 'accepted' : 'unconsented',
    });
    // One draw for what else goes wrong, since nearly nothing does.
    const draw = random();
    if (draw < damage.duplicate) {
      const again = arrival + whole(random, 1_000, damage.duplicateMinutesMax * 60_000);
      out(duplicateOf(event, who, again));
    } else if (consents && draw > 1 - BROKEN_IN_ALL) {
      out(brokenOf(random, event, among(broken, 1 - draw), who, arrival));
    } else if (withMisframed && consents && draw > 1 - BROKEN_IN_ALL - MISFRAMED_IN_ALL) {
      const kind = among(misframed, 1 - draw - BROKEN_IN_ALL);
      out({ arrival, who, key: event.visitor_id, event: null, misframed: kind, fate: kind });
    }
  }
}

/** The same event once more. */
export function duplicateOf(event: Event, who: number, arrival: number): SimulatedRecord {
  const again = eventLike(event);
  again.received_time = arrival;
  return {
    arrival,
    who,
    key: event.visitor_id,
    event: again,
    misframed: null,
    fate: event.consent_analytics ? 'duplicate' : 'unconsented',
  };
}

/** An event of its own that must be rejected, like the given one but for what is wrong with it. */
function brokenOf(
  random: Stream,
  like: Event,
  reason: keyof typeof SHOP.damage.broken,
  who: number,
  arrival: number,
): SimulatedRecord {
  const event = eventLike(like);
  event.event_id = `${like.event_id}.x`;
  event.received_time = arrival;
  switch (reason) {
    case 'bad_id':
      event.event_id = '';
      break;
    case 'bad_name':
      event.event_name = 'Page View';
      break;
    case 'bad_time':
      event.event_time = 0;
      break;
    case 'future':
      // A device whose clock is years ahead: still in the future when the history is sent to Kafka later.
      event.event_time = arrival + whole(random, 400, 1_000) * DAY_MS;
      break;
    case 'bad_money':
      event.value = 1990;
      event.currency = null;
      break;
    case 'too_large':
      event.params = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`k${i}`, 'v']));
  }
  return { arrival, who, key: event.visitor_id, event, misframed: null, fate: reason };
}
