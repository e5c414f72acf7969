import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BOT_REASONS,
  botReasonOfUserAgent,
  botReasonsOfSession,
  RATE_EVENTS_MIN,
  SESSION_LIMITS,
  type SessionSums,
} from '../../pipeline/fold/bots.ts';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

describe('botReasonOfUserAgent', () => {
  test.each([
    [CHROME, ''],
    ['', ''],
    ['Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)', 'user_agent'],
    ['curl/8.5.0', 'user_agent'],
    ['python-requests/2.32', 'user_agent'],
    [CHROME.replace('Chrome', 'HeadlessChrome'), 'headless'],
    [
      'Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1',
      'headless',
    ],
    [`${CHROME} Puppeteer`, 'headless'],
    [`${CHROME} Playwright/1.48`, 'headless'],
    [`${CHROME} Selenium`, 'headless'],
    [`${CHROME} webdriver`, 'headless'],
  ])('%s: %s', (userAgent, reason) => {
    expect(botReasonOfUserAgent(userAgent)).toBe(reason);
    expect(botReasonOfUserAgent(userAgent)).toBe(reason);
  });
});

describe('botReasonsOfSession', () => {
  const HOUR_MS = 3_600_000;
  const reasons = (sums: Partial<SessionSums>): string[] =>
    botReasonsOfSession({
      events: sums.activeEvents ?? 5,
      activeEvents: 5,
      pageViews: 2,
      startedAtMs: 1_000_000,
      endedAtMs: 1_060_000,
      userAgentReasons: [],
      ...sums,
    });

  test('a person has none', () => expect(reasons({})).toEqual([]));

  test('10 events a second over the session are possible, more are not', () => {
    expect(reasons({ activeEvents: 100, endedAtMs: 1_010_000 })).toEqual([]);
    expect(reasons({ activeEvents: 101, endedAtMs: 1_010_000 })).toEqual(['impossible_rate']);
    expect(reasons({ activeEvents: 100, endedAtMs: 1_009_999 })).toEqual(['impossible_rate']);
  });

  test("a page's burst is possible", () => {
    expect(reasons({ activeEvents: RATE_EVENTS_MIN - 1, endedAtMs: 1_000_000 })).toEqual([]);
    expect(reasons({ activeEvents: RATE_EVENTS_MIN, endedAtMs: 1_000_000 })).toEqual(['impossible_rate']);
  });

  test("a server's batch is no impossible rate", () => {
    expect(reasons({ events: 5_000, activeEvents: RATE_EVENTS_MIN - 1, endedAtMs: 1_000_000 })).toEqual([]);
  });

  test('exactly at the caps is allowed', () => {
    const { sessionEventsMax, sessionViewsMax, sessionHoursMax } = SESSION_LIMITS;
    const endedAtMs = 1_000_000 + sessionHoursMax * HOUR_MS;
    expect(reasons({ events: sessionEventsMax, pageViews: sessionViewsMax, endedAtMs })).toEqual([]);
    expect(reasons({ pageViews: sessionViewsMax + 1 })).toEqual(['too_many_pages']);
    expect(reasons({ events: sessionEventsMax + 1, endedAtMs: endedAtMs + 1 })).toEqual([
      'too_long',
      'too_many_events',
    ]);
  });

  test('the caps are settings', () => {
    const sums = {
      events: 11,
      activeEvents: 11,
      pageViews: 6,
      startedAtMs: 0,
      endedAtMs: 2 * HOUR_MS,
      userAgentReasons: [],
    };
    const limits = { sessionEventsMax: 10, sessionViewsMax: 5, sessionHoursMax: 1 };
    expect(botReasonsOfSession(sums, limits)).toEqual(['too_long', 'too_many_events', 'too_many_pages']);
  });

  test('sorted, each once, of the closed list, whatever the order of user agents', () => {
    expect([...BOT_REASONS]).toEqual([...BOT_REASONS].sort());
    const userAgentReasons = fc.array(fc.constantFrom('user_agent' as const, 'headless' as const), {
      maxLength: 5,
    });
    const sums = fc.record({
      events: fc.nat(30_000),
      activeEvents: fc.nat(30_000),
      pageViews: fc.nat(5_000),
      startedAtMs: fc.nat(10 * HOUR_MS),
      endedAtMs: fc.integer({ min: 10 * HOUR_MS, max: 100 * HOUR_MS }),
      userAgentReasons,
    });
    fc.assert(
      fc.property(sums, session => {
        const found = botReasonsOfSession(session);
        expect(found).toEqual([...new Set(found)].sort());
        for (const reason of found) expect(BOT_REASONS).toContain(reason);
        const backwards = { ...session, userAgentReasons: [...session.userAgentReasons].reverse() };
        expect(botReasonsOfSession(backwards)).toEqual(found);
      }),
    );
  });
});
