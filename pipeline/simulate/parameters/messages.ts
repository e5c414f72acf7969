/** Messages, invitations and shared links, and tills. */
export const messages = {
  messages: {
    newsletter: {
      subscribes: 0.55,
      everyDays: 14,
      issues: 13,
      delivered: 0.985,
      opens: 0.28,
      visits: 0.045,
      visitHours: 20,
      openHours: 12,
      /** Share of subscribers' repeat orders that come by it; it does not cause them. */
      repeatOrders: 0.18,
      unsubscribes: 0.004,
      costCents: 0.2,
    },
    /**
     * Tried once on the accounts that had no order by then, some of them held out; from then on everybody gets it a day after
     * sign-up.
     */
    welcome: {
      heldOut: 0.5,
      coupon: 'WELCOME10',
      discount: 0.1,
      visits: 0.3,
      conversion: 2.2,
      withinDays: 7,
      couponDays: 30,
    },
    /** To customers who are dormant whatever their cadence: quiet for longer than so many times the site's dormant days. */
    winback: {
      heldOut: 0.5,
      dormantTimes: 3,
      coupon: 'BACK15',
      discount: 0.15,
      visits: 0.18,
      orders: 0.3,
      withinDays: 7,
    },
  },

  /** Of first orders: who sends an invitation, and in China who opens a group buy for three; and who comes of it. */
  invitations: {
    invites: 0.22,
    comes: 0.35,
    comesDays: [0.1, 3],
    signsUp: 0.6,
    groupBuys: 0.12,
    joins: 0.75,
    joinsHours: [1, 22],
    groupSize: 3,
  },
  /** Of visits to a product: the link is shared; and of shared links, those that bring somebody new. */
  sharing: { shares: 0.02, brings: 0.4 },

  /**
   * Shops with tills, by city. Some people there carry a card of the shop; once they have an account, so many of their
   * repeat orders are bought at the till: no page is seen, nothing is shipped.
   */
  stores: {
    cities: {
      Berlin: 'store-berlin',
      Hamburg: 'store-hamburg',
      Köln: 'store-cologne',
      München: 'store-munich',
    } as Record<string, string>,
    card: 0.75,
    orders: 0.6,
  },
} as const;
