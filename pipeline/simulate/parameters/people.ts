/** Who comes, when, how often, and how many buy. */
export const people = {
  /** New people a day over the weekdays (Sunday first), months (January first) and years. */
  rhythm: {
    weekdays: [0.8, 1.12, 1.14, 1.1, 1.08, 1, 0.76],
    /** Weights of the visitor's own hours, 0 to 23. */
    workdayHours: [10, 5, 3, 2, 2, 4, 12, 24, 32, 36, 40, 42, 50, 46, 40, 40, 42, 48, 58, 70, 82, 78, 52, 26],
    weekendHours: [16, 9, 5, 3, 2, 3, 6, 14, 28, 44, 56, 60, 58, 56, 56, 58, 60, 60, 60, 64, 68, 60, 42, 26],
    months: [0.92, 0.86, 0.94, 1.02, 1.08, 1.06, 0.98, 0.9, 0.98, 1.02, 1.18, 1.3],
    growthAYear: 0.35,
    /** What a sale multiplies the number of new people by. */
    saleDay: 1.5,
    /** Of visits by people who come again, on quieter weekdays: put off by up to so many days. */
    putOffDays: 2,
    busiest: 1.14,
  },

  /** Chance of a first order in a visit, before all factors; then what multiplies it. */
  conversion: {
    base: 0.0113,
    /** By the number of visits before: people who come again are more in earnest. */
    visits: [1, 1.7, 2.1, 2.2, 2.2, 2.1, 2],
    device: { desktop: 1.25, mobile: 0.9, tablet: 1.05 },
    app: 1.35,
    /** Each second of largest contentful paint above or below two multiplies by this. */
    lcpSecond: 0.88,
    sale: 1.75,
    /** November and December. */
    season: 1.15,
    /** At most, so that no factors make a certainty. */
    max: 0.6,
  },

  /** What becomes of a visit without an order: weights of how deep it goes, first visit and later ones. */
  depth: {
    bounce: [0.44, 0.27],
    browse: [0.2, 0.2],
    product: [0.28, 0.36],
    cart: [0.058, 0.115],
    checkout: [0.018, 0.045],
    payment: [0.004, 0.01],
  },

  /** Coming again without having bought: the chance after each visit, and the days until then. */
  comingAgain: { chance: 0.46, factorAVisit: 0.92, medianDays: 3.4, sigma: 1.5 },

  /** Orders after the first, by BG/NBD; time in weeks. */
  bgNbd: { r: 0.9, alpha: 8, a: 0.8, b: 2.4 },
  /** Net value of orders in EUR, by gamma-gamma. */
  gammaGamma: { p: 6, q: 4, gamma: 32 },
  /** Visits a week without an order: of those who still buy, on top of their own rate of orders, and of those who stopped. */
  customers: { visitsAWeek: 0.22, visitsAnOrder: 1.3, visitsAWeekAfter: 0.03 },
  /** After how many days the site takes customers for dormant and churned: shares of the period, so that a short one has some, too. */
  quiet: { dormantShare: 0.1, dormantDays: [2, 60], churnedTimes: 3 },
  /** Nobody comes later than this many days after the first visit. */
  lifeDays: 730,

  personas: [
    { id: 'hiker', share: 0.34, conversion: 1.15, categories: [5, 3, 3, 1, 1, 1, 1, 1] },
    { id: 'camper', share: 0.22, conversion: 1.1, categories: [1, 1, 2, 5, 4, 1, 1, 2] },
    { id: 'family', share: 0.18, conversion: 1, categories: [2, 3, 1, 3, 2, 4, 1, 1] },
    { id: 'bargain', share: 0.16, conversion: 0.85, categories: [2, 3, 1, 1, 1, 1, 3, 4] },
    { id: 'gift', share: 0.1, conversion: 0.75, categories: [1, 1, 1, 1, 2, 3, 4, 4] },
  ],
} as const;
