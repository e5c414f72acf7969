/** What people have in hand, and what they do in a visit. */
export const visits = {
  devices: {
    /** Main device: desktop, mobile, tablet. */
    shares: [0.36, 0.58, 0.06],
    /** A second one, of another kind and with a visitor id of its own; and how often it is used. */
    second: 0.25,
    secondUse: 0.35,
    /** Of mobiles: our app; in China, the mini program. */
    app: 0.14,
    miniProgram: 0.45,
    /** Median of largest contentful paint in seconds, and its spread. */
    lcpSeconds: { desktop: 1.5, mobile: 2.5, tablet: 2.0 },
    lcpSigma: 0.42,
    /** Of a device's user agents the first are the most likely: place = floor(draw ^ this × user agents). */
    agentExponent: 2,
    /** Of apps, those on iOS; of mobile devices, those on Wi-Fi and then on 4G, the rest on 3G. */
    ios: 0.52,
    wifi: 0.45,
    fourG: 0.48,
    /** Of visits to an app, those that follow a notification. */
    pushed: 0.2,
  },

  /** Page speed as it is measured: of web pages; ms and their spread, shares of the largest contentful paint. */
  timing: {
    measured: 0.3,
    laterPages: [0.45, 0.85],
    ttfb: 0.22,
    load: 1.35,
    inp: { mobileMs: 150, otherMs: 90, sigma: 0.6 },
    cls: { median: 0.05, sigma: 0.9 },
    /** A visit that was to go on ends at once, for each second of largest contentful paint above two. */
    bounceASecond: 0.05,
  },

  /** What people do in a visit beside what its depth says. */
  browsing: {
    /** Median of the time on a page, its spread, and the share of it that is engagement. */
    pageMs: 14_000,
    sigma: 0.8,
    engaged: 0.8,
    /** Category pages or searches before a product: 1 and an exponential draw of this mean, at most so many. */
    pages: 1.2,
    pagesMax: 6,
    /** Other products looked at on the way, likewise. */
    products: 1.1,
    productsMax: 3,
    /** The product in the end was found by a search. */
    foundBySearch: 0.3,
    bounceClicks: 0.5,
    productClicks: 0.18,
    wishes: 0.04,
    recommendations: 0.35,
    secondItem: 0.35,
    removes: 0.3,
    cartSeen: 0.5,
    checkoutLeftAtOnce: 0.35,
    completion: 0.6,
    itemsOfList: [4, 7],
    itemsOfSearch: [3, 6],
  },

  consent: { refusesAnalytics: 0.06, refusesAds: 0.14 },

  accounts: {
    /** Signing up in a visit without an order, of those who look at products; and at a first order. */
    signUp: 0.045,
    signUpAtOrder: 0.75,
    /** Starts a sign-up and gives up, for each sign-up. */
    signUpGivenUp: 0.5,
    /** In later visits: still signed in on a device that was; signs in on one that is not. */
    stays: 0.75,
    signsIn: 0.3,
    signsInToOrder: 0.85,
  },

  /** Empty: of all searches; nobody comes from one to a product, so that those before it are empty more often. */
  search: { use: 0.22, empty: 0.09, emptyBefore: 1.6 },
  lists: { recommendationClick: 0.12, promotionView: 0.5, promotionClick: 0.12 },
  errors: { exception: 0.012 },
  outOfStock: 0.03,
} as const;
