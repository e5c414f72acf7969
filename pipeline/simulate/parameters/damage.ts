/** Bots, and what goes wrong on the way. */
export const damage = {
  /** Visits of bots for each new person, and what they are. */
  bots: {
    aPerson: 0.03,
    countries: ['US', 'US', 'DE', 'NL', 'SG', 'CN'],
    pageMsMax: 60_000,
    kinds: [
      {
        id: 'googlebot',
        share: 0.4,
        reason: 'user_agent',
        pages: [3, 30],
        pauseMs: 4000,
        userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      },
      {
        id: 'gptbot',
        share: 0.2,
        reason: 'user_agent',
        pages: [5, 40],
        pauseMs: 2500,
        userAgent:
          'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
      },
      {
        id: 'ahrefs',
        share: 0.15,
        reason: 'user_agent',
        pages: [10, 60],
        pauseMs: 3000,
        userAgent: 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
      },
      {
        id: 'headless',
        share: 0.15,
        reason: 'headless',
        pages: [2, 20],
        pauseMs: 6000,
        userAgent:
          'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/128.0.0.0 Safari/537.36',
      },
      {
        id: 'scraper',
        share: 0.1,
        reason: 'impossible_rate',
        pages: [60, 200],
        pauseMs: 40,
        userAgent:
          'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
      },
    ],
  },

  /** What goes wrong on the way, as shares of the events (of visits where said). */
  damage: {
    /** Ordinary way: milliseconds to the collector. */
    delayMedianMs: 350,
    delaySigma: 0.8,
    /** Late by minutes. */
    late: 0.01,
    lateMinutesMax: 25,
    /** Visits in the app that were offline: sent together, hours to weeks later. */
    offlineVisits: 0.05,
    offlineHoursMedian: 18,
    offlineSigma: 1.4,
    offlineDaysMax: 21,
    /** Sent twice: within minutes, or an event of a visit once more after days. */
    duplicate: 0.008,
    duplicateMinutesMax: 5,
    echoVisits: 0.004,
    echoDaysMax: 10,
    /** Broken records beside the good ones, each for an event. */
    broken: {
      bad_id: 0.0002,
      bad_name: 0.0003,
      bad_time: 0.0002,
      future: 0.0003,
      bad_money: 0.0002,
      too_large: 0.0001,
    },
    /** Only where records are bytes (Kafka, live): each for an event. */
    misframed: { empty: 0.0001, oversized: 0.000002, unframed: 0.0002, undecodable: 0.0002 },
  },
} as const;
