import type { Event } from '../contract/event.ts';
import { type Channel, channelOf } from './channel.ts';

/** An event as the fold and the tables take it. `channel` is '' where the event carries none. */
export type NormalEvent = Event & { channel: Channel | '' };

/** Changes the event in place and returns it. Idempotent. Ask `rejectionOf` first: it judges the event as sent. */
export function normalize(event: Event): NormalEvent {
  const channel = event.source === '' && event.medium === '' && event.campaign === '' ? '' : channelOf(event);
  return Object.assign(event, { channel } as const);
}
