/** What becomes of an order: paying, sending, and what is said of it. */
export const orders = {
  /** Euros of an order at least. */
  orderLeast: 4,

  payment: {
    types: ['card', 'paypal', 'klarna', 'wallet'],
    shares: [0.46, 0.28, 0.14, 0.12],
    chinaTypes: ['alipay', 'wechat_pay'],
    chinaShares: [0.52, 0.48],
    errors: ['card_declined', 'insufficient_funds', 'timeout', '3ds_failed'],
    /** A failed attempt before the one that succeeds. */
    failsFirst: 0.07,
    /** While the payment page is broken: first orders that are lost; others come back a day later. */
    brokenLoses: 0.85,
    /** Who was refused tries once more; customers come back after so many hours. */
    triesAgain: 0.6,
    backAfterHours: 26,
  },

  /** Hours to pack at least, transit at least, and days late: from, and up to so many more. */
  shipping: { fee: 4.9, freeFrom: 60, packHours: 8, transitHours: 12, lateDays: [1, 3] },
  /** Of the transit: fixed, the rest an exponential draw. */
  transitFixed: 0.5,
  carriers: [
    { id: 'parcelway', lateRate: 0.06, shipHours: 20, transitHours: 30, promisedHours: 72 },
    { id: 'blitzpost', lateRate: 0.09, shipHours: 20, transitHours: 34, promisedHours: 72 },
    { id: 'seabird', lateRate: 0.16, shipHours: 26, transitHours: 80, promisedHours: 168 },
    { id: 'sunfeng', lateRate: 0.05, shipHours: 12, transitHours: 40, promisedHours: 72 },
  ],

  after: {
    refund: 0.06,
    /** Of refunds: only some of the items. */
    refundPartial: 0.35,
    /** Refunds multiply by it after a complaint; they come 2 days after the delivery and an exponential draw of this mean. */
    refundComplaint: 5,
    refundDays: [2, 5],
    complaintOnTime: 0.02,
    complaintLate: 0.22,
    /**
     * A complaint multiplies the chance that a repeat order was the last; others' is lowered so that BG/NBD still holds.
     */
    complaintChurn: 2.5,
    complaintDays: [0.6, 2],
    review: 0.13,
    reviewDays: [3, 4],
    surveyed: 0.5,
    surveyAnswered: 0.28,
    surveyDays: [2.2, 1],
    /** A complaint's own, when it has been answered. */
    caseSurveyDays: [6, 1],
    surveys: { nps: 0.6, csat: 0.25, ces: 0.15 },
    /** Mean and spread of answers, before what is taken off them. */
    stars: [4.5, 0.8],
    nps: [8.6, 1.8],
    csat: [4.4, 0.8],
    ces: [5.6, 1.1],
    /** Taken from NPS for each star taken. */
    npsAStar: 2,
    /** Replies to complaints, hours on average; resolved, after half a day and a day on average. */
    replyHours: 9,
    resolved: 0.88,
    resolvedDays: [0.5, 1],
    /** Every so manieth order's case is answered by a bot. */
    botAnswers: 3,
    chats: 0.6,
    /** Taken from stars and NPS where delivery was late or a complaint was made. */
    lateStars: 1.2,
    complaintStars: 1.8,
    preSaleContact: 0.006,
  },

  loyalty: {
    pointsAnEuro: 1,
    redeems: 0.25,
    pointsToRedeem: 200,
    pointValueCents: 2,
    expireDays: 180,
    tiers: [
      { tier: 'trail', points: 0 },
      { tier: 'ridge', points: 150 },
      { tier: 'summit', points: 500 },
    ],
  },
} as const;
