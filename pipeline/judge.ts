import type { Decoded } from './contract/decode.ts';
import { partitionOf } from './contract/murmur2.ts';
import type { Rejection } from './contract/outcome.ts';
import type { LogRecord } from './contract/record.ts';
import { botReasonOfUserAgent } from './fold/bots.ts';
import { hashText } from './fold/hash.ts';
import type { Judged } from './fold/judged.ts';
import { normalize } from './fold/normalize.ts';
import { uaReasonBits } from './fold/session.ts';
import { type Limits, rejectionOf, TIME_MAX_MS } from './fold/validate.ts';
import type { Erasures } from './sink/store.ts';

/** Names the place of the dead letter that a record is a new copy of. */
export const REPLAY_HEADER = 'replay_of';

/**
 * Decides what becomes of a record, in the contract's order: unreadable, erased, unconsented, rejected, else an event
 * (whether it is a duplicate is the fold's to say). A pure function of the record.
 */
export function judge(
  record: LogRecord,
  decoded: Exclude<Decoded, { unknownId: number }>,
  options: {
    partition: number;
    partitions: number;
    arrival: 'record' | 'received_time';
    erasures: Erasures;
    limits: Limits;
  },
): Judged {
  const { offset } = record;
  const replayOf = replayHeader(record);
  if ('rejection' in decoded) {
    return {
      kind: 'rejected',
      offset,
      arrival: record.arrival,
      rejection: decoded.rejection,
      record,
      site: '',
      platform: '',
      replayOf,
    };
  }
  const { event } = decoded;
  // In a file the record's own time is when the file was first seen; what the collector noted is nearer the truth.
  const received = options.arrival === 'received_time' ? event.received_time : record.arrival;
  const inRange = received === null || (received > 0 && received <= TIME_MAX_MS);
  const arrival = received !== null && inRange ? received : record.arrival;
  // Labels of counts: bounded, whatever a hostile event holds.
  const site = event.site.length <= 64 ? event.site : '';
  const platform = event.platform.length <= 32 ? event.platform : '';
  const { erasures } = options;
  if (erasures.number > 0) {
    const gone =
      erasures.visitors.has(hashText(event.visitor_id)) ||
      (event.user_id !== null && erasures.users.has(hashText(event.user_id)));
    if (gone) return { kind: 'erased', offset, arrival, site, platform };
  }
  if (!event.consent_analytics) return { kind: 'unconsented', offset, arrival, site, platform };
  const rejection: Rejection | null = inRange
    ? rejectionOf(event, received, record.arrival, options.limits)
    : { reason: 'bad_time', detail: `received_time ${received} is no time between 1970 and 2100` };
  if (rejection !== null)
    return { kind: 'rejected', offset, arrival, rejection, record, site, platform, replayOf };
  const normalized = normalize(event);
  return {
    kind: 'event',
    offset,
    arrival,
    event: normalized,
    record,
    uaReasons: uaReasonBits(botReasonOfUserAgent(normalized.user_agent)),
    schemaId: decoded.schemaId,
    replayOf,
    misplaced:
      options.partitions > 1 && partitionOf(normalized.visitor_id, options.partitions) !== options.partition,
  };
}

function replayHeader(record: LogRecord): string {
  for (const [name, value] of record.headers)
    if (name === REPLAY_HEADER) return Buffer.from(value).toString('utf8');
  return '';
}
