import type { Event } from '../contract/event.ts';
import type { Rejection } from '../contract/outcome.ts';
import type { LogRecord } from '../contract/record.ts';

/** An event as rows have it: campaign, channel and device filled in. */
export type NormalizedEvent = Event & { channel: string };

interface Place {
  offset: number;
  /** Ms: the broker's timestamp; in files received_time, or when the file was first seen. */
  arrival: number;
}

/** A record after decoding and validation: everything is decided but whether it is a duplicate. */
export type Judged =
  | (Place & {
      kind: 'event';
      event: NormalizedEvent;
      record: LogRecord;
      uaReasons: number;
      schemaId: number;
      replayOf: string;
      misplaced: boolean;
    })
  | (Place & {
      kind: 'rejected';
      rejection: Rejection;
      record: LogRecord;
      site: string;
      platform: string;
      replayOf: string;
    })
  | (Place & { kind: 'unconsented' | 'erased'; site: string; platform: string });

export type JudgedEvent = Extract<Judged, { kind: 'event' }>;
export type JudgedRejected = Extract<Judged, { kind: 'rejected' }>;
