/** What happens when, and what is said, asked and paid outside the shop. */
export const happenings = {
  /** Shares of the period, and how long. */
  calendar: {
    sale: { at: 0.55, days: 4, discount: 0.15 },
    paymentBroken: { at: 0.68, fromHour: 9, hours: 8 },
    trackingLost: { at: 0.42, fromHour: 10, hours: 4 },
    welcome: { at: 0.6 },
    winback: { at: 0.78 },
    /** The Friday after the fourth Thursday of November, with the days to the Monday. */
    blackFriday: { days: 4, discount: 0.2 },
  },

  /** What advertising costs are reckoned by: clicks for each first visit, the noise of a day, and what affiliates are paid on. */
  advertising: { clicksAFirstVisit: 1.15, noise: 0.1, affiliateOrders: 0.022, affiliateEuros: 60 },
  /** Cents of a euro that campaigns cost, and the orders they were to bring. */
  plans: {
    newsletter: { cost: 12_000, target: 60 },
    welcome_series: { cost: 6_000, target: 40 },
    invite_a_friend: { cost: 20_000, target: 30 },
    winback_autumn: { cost: 4_000, target: 20 },
  },
  /** Rates of exchange around the price list's: a slow wave and a noise of each day. */
  market: { wave: 0.012, waveDays: 23, noise: 0.004 },

  /** What others ask for the same: every so many products and days, a level of our price, and how far single prices stray from it. */
  competitors: {
    shops: [
      { competitor: 'gipfelhaus.example', level: 0.97 },
      { competitor: 'waldundweg.example', level: 1.04 },
    ],
    everyProducts: 6,
    everyDays: 7,
    spread: 0.06,
  },

  /** What is said of the shop elsewhere, for a hundred new people of the day; bad service is said more often on the broken day. */
  mentions: {
    sources: { instagram: 2.4, forum: 1.1, news: 0.2 },
    topics: { products: 0.5, delivery: 0.2, service: 0.2, brand: 0.1 },
    sentiments: { positive: 0.5, neutral: 0.35, negative: 0.15 },
    brokenPayment: 8,
  },
} as const;
