import { isbot } from 'isbot';
import { memo } from './memo.ts';
import { SESSION_VIEWS_MAX } from './session.ts';

/** Why a session is taken for a bot's: the closed list, sorted. Bots are accepted and marked, never dropped. */
export const BOT_REASONS = [
  'headless',
  'impossible_rate',
  'too_long',
  'too_many_events',
  'too_many_pages',
  'user_agent',
] as const;
export type BotReason = (typeof BOT_REASONS)[number];
export type UserAgentReason = 'headless' | 'user_agent';

const KNOWN_MAX = 10_000;
const READ_CHARS_MAX = 512;

/** Browsers driven by a program that say so; asked before isbot, because this is the more exact reason. */
const HEADLESS = /headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver/i;

const reasonOf = memo<'' | UserAgentReason>(KNOWN_MAX, userAgent => {
  const said = userAgent.slice(0, READ_CHARS_MAX);
  if (HEADLESS.test(said)) return 'headless';
  return isbot(said) ? 'user_agent' : '';
});

/** '' for a person's browser, and for no user agent at all: apps, tills and back ends send none. Pure; remembered. */
export function botReasonOfUserAgent(userAgent: string): '' | UserAgentReason {
  return userAgent === '' ? '' : reasonOf(userAgent);
}

/** Above these a session is flagged, not cut: cutting would make its id depend on the order of arrival. */
export interface SessionLimits {
  readonly sessionEventsMax: number;
  /** As many as are kept, so that the list of a person's page views is whole. */
  readonly sessionViewsMax: number;
  /** Start to end; views that prune by the session's month look back as far. */
  readonly sessionHoursMax: number;
}

export const SESSION_LIMITS: SessionLimits = {
  sessionEventsMax: 10_000,
  sessionViewsMax: SESSION_VIEWS_MAX,
  sessionHoursMax: 48,
};

/**
 * A page may send a burst when it loads (view, lists, promotions, timings), but fewer than 30 events; a person who goes
 * on keeps under 10 a second, also when scrolling past tracked items.
 */
export const RATE_EVENTS_MIN = 30;
export const RATE_EVENTS_PER_SECOND_MAX = 10;

/** Sums of one session. */
export interface SessionSums {
  /** All events. */
  readonly events: number;
  /** Those by which someone was there: servers send in batches, that is no impossible rate. */
  readonly activeEvents: number;
  readonly pageViews: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Non-empty reasons of the user agents seen, in any order, repeated or not. */
  readonly userAgentReasons: Iterable<UserAgentReason>;
}

/** The session's bot reasons, sorted, each once; empty: a person. A pure function of sums, so of the set of events. */
export function botReasonsOfSession(
  session: SessionSums,
  limits: SessionLimits = SESSION_LIMITS,
): BotReason[] {
  const reasons = new Set<BotReason>(session.userAgentReasons);
  const durationMs = session.endedAtMs - session.startedAtMs;
  if (
    session.activeEvents >= RATE_EVENTS_MIN &&
    // Rounded up to a second: clocks that count in seconds give a page's burst one and the same time.
    session.activeEvents * 1000 > RATE_EVENTS_PER_SECOND_MAX * Math.max(durationMs, 1000)
  ) {
    reasons.add('impossible_rate');
  }
  if (session.events > limits.sessionEventsMax) reasons.add('too_many_events');
  if (session.pageViews > limits.sessionViewsMax) reasons.add('too_many_pages');
  if (durationMs > limits.sessionHoursMax * 3_600_000) reasons.add('too_long');
  return reasons.size < 2 ? [...reasons] : [...reasons].sort();
}
