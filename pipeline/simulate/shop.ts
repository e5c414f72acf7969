/**
 * The facts of the simulated shop: every parameter by which events are made. It is written whole into truth.json, so that
 * what the views estimate can be held against what was put in. Money is EUR unless said; rates are shares of 1.
 */
export interface CountryFacts {
  code: string;
  share: number;
  zones: readonly (readonly [zone: string, share: number])[];
  cities: readonly (readonly [city: string, region: string])[];
  language: string;
  currency: string;
  /** Local money for 1 EUR, on average. */
  rate: number;
  /** Tax beside the value of an order. */
  tax: number;
  /** Index into `carriers`. */
  carrier: number;
  /** Page speed against the shop's own country: servers are far away elsewhere. */
  slowness: number;
  /** Which mix of sources people there come by. */
  sources: 'west' | 'china';
}

/** A shop as one simulation may have several: what sets it apart from the others. */
export interface SiteFacts {
  site: string;
  name: string;
  host: string;
  timezone: string;
  currency: string;
  /** Stands in every id, so that no two sites share one. */
  mark: string;
  /** New people against those of the first site. */
  visitors: number;
  /** Weights of countries. */
  countries: Readonly<Record<string, number>>;
  /** Experiments run here. */
  experiments: boolean;
}

/** How a visit's first event says where it came from. */
export type Telling = 'none' | 'referrer' | 'utm' | 'gclid' | 'fields';

export interface CampaignFacts {
  campaign: string;
  term: string;
  content: string;
  share: number;
  /** Multiplies the chance of a first order. */
  conversion: number;
  /** EUR a click. */
  cpc: number;
}

export interface SourceFacts {
  id: string;
  /** The group that Footfall must give its visits; and where ads are refused, so that the campaign is not kept. */
  channel: string;
  channelWithoutAds: string;
  source: string;
  medium: string;
  telling: Telling;
  referrer: string;
  region: 'west' | 'china' | 'both';
  /** Weights among first visits, and among those of people who come again. */
  first: number;
  again: number;
  /** Multiplies the chance of a first order. */
  conversion: number;
  /** Where visits land: home, category, product, search or content. */
  landing: 'home' | 'category' | 'product' | 'content';
  campaigns: readonly CampaignFacts[];
  /** Clicks for an impression, of paid sources. */
  clickRate: number;
  /** Of the value of orders, for affiliates. */
  commission: number;
}

function source(given: Partial<SourceFacts> & Pick<SourceFacts, 'id' | 'channel'>): SourceFacts {
  return {
    channelWithoutAds: given.channel,
    source: '',
    medium: '',
    telling: 'none',
    referrer: '',
    region: 'west',
    first: 0,
    again: 0,
    conversion: 1,
    landing: 'home',
    campaigns: [],
    clickRate: 0.02,
    commission: 0,
    ...given,
  };
}

function campaign(
  name: string,
  share: number,
  conversion: number,
  cpc: number,
  term = '',
  content = '',
): CampaignFacts {
  return { campaign: name, term, content, share, conversion, cpc };
}

export const SHOP = {
  site: 'shop',
  name: 'Fernweh Outdoor',
  host: 'www.fernweh-outdoor.example',
  timezone: 'Europe/Berlin',
  currency: 'EUR',
  sessionGapSeconds: 1800,
  brandTerms: ['fernweh'],

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

  /** Of a country's cities the first are the most likely: place = floor(draw ^ this × cities). */
  cityExponent: 1.4,
  countries: [
    {
      code: 'DE',
      share: 0.31,
      zones: [['Europe/Berlin', 1]],
      cities: [
        ['Berlin', 'Berlin'],
        ['Hamburg', 'Hamburg'],
        ['München', 'Bayern'],
        ['Köln', 'Nordrhein-Westfalen'],
      ],
      language: 'de-DE',
      currency: 'EUR',
      rate: 1,
      tax: 0.19,
      carrier: 0,
      slowness: 1,
      sources: 'west',
    },
    {
      code: 'GB',
      share: 0.13,
      zones: [['Europe/London', 1]],
      cities: [
        ['London', 'England'],
        ['Manchester', 'England'],
        ['Edinburgh', 'Scotland'],
      ],
      language: 'en-GB',
      currency: 'GBP',
      rate: 0.86,
      tax: 0.2,
      carrier: 1,
      slowness: 1.05,
      sources: 'west',
    },
    {
      code: 'US',
      share: 0.15,
      zones: [
        ['America/New_York', 0.5],
        ['America/Chicago', 0.25],
        ['America/Los_Angeles', 0.25],
      ],
      cities: [
        ['New York', 'New York'],
        ['Denver', 'Colorado'],
        ['Seattle', 'Washington'],
        ['Austin', 'Texas'],
      ],
      language: 'en-US',
      currency: 'USD',
      rate: 1.1,
      tax: 0.07,
      carrier: 2,
      slowness: 1.3,
      sources: 'west',
    },
    {
      code: 'FR',
      share: 0.11,
      zones: [['Europe/Paris', 1]],
      cities: [
        ['Paris', 'Île-de-France'],
        ['Lyon', 'Auvergne-Rhône-Alpes'],
        ['Annecy', 'Auvergne-Rhône-Alpes'],
      ],
      language: 'fr-FR',
      currency: 'EUR',
      rate: 1,
      tax: 0.2,
      carrier: 0,
      slowness: 1.03,
      sources: 'west',
    },
    {
      code: 'CN',
      share: 0.12,
      zones: [['Asia/Shanghai', 1]],
      cities: [
        ['上海', '上海'],
        ['北京', '北京'],
        ['成都', '四川'],
        ['杭州', '浙江'],
      ],
      language: 'zh-CN',
      currency: 'CNY',
      rate: 7.8,
      tax: 0.13,
      carrier: 3,
      slowness: 1.45,
      sources: 'china',
    },
    {
      code: 'JP',
      share: 0.07,
      zones: [['Asia/Tokyo', 1]],
      cities: [
        ['東京', '東京都'],
        ['大阪', '大阪府'],
        ['札幌', '北海道'],
      ],
      language: 'ja-JP',
      currency: 'JPY',
      rate: 163,
      tax: 0.1,
      carrier: 2,
      slowness: 1.35,
      sources: 'west',
    },
    {
      code: 'PL',
      share: 0.05,
      zones: [['Europe/Warsaw', 1]],
      cities: [
        ['Warszawa', 'Mazowieckie'],
        ['Kraków', 'Małopolskie'],
      ],
      language: 'pl-PL',
      currency: 'PLN',
      rate: 4.3,
      tax: 0.23,
      carrier: 0,
      slowness: 1.03,
      sources: 'west',
    },
    {
      code: 'SE',
      share: 0.05,
      zones: [['Europe/Stockholm', 1]],
      cities: [
        ['Stockholm', 'Stockholm'],
        ['Göteborg', 'Västra Götaland'],
      ],
      language: 'sv-SE',
      currency: 'SEK',
      rate: 11.4,
      tax: 0.25,
      carrier: 1,
      slowness: 1.04,
      sources: 'west',
    },
    {
      code: 'KW',
      share: 0.01,
      zones: [['Asia/Kuwait', 1]],
      cities: [['Kuwait City', 'Al Asimah']],
      language: 'ar-KW',
      currency: 'KWD',
      rate: 0.34,
      tax: 0,
      carrier: 2,
      slowness: 1.35,
      sources: 'west',
    },
  ] satisfies CountryFacts[] as readonly CountryFacts[],

  sources: [
    source({ id: 'direct', channel: 'Direct', region: 'both', first: 0.15, again: 0.4, conversion: 1.2 }),
    source({
      id: 'google',
      channel: 'Organic Search',
      source: 'google',
      medium: 'organic',
      telling: 'referrer',
      referrer: 'https://www.google.com/',
      first: 0.24,
      again: 0.16,
      conversion: 1.1,
      landing: 'category',
    }),
    source({
      id: 'bing',
      channel: 'Organic Search',
      source: 'bing',
      medium: 'organic',
      telling: 'referrer',
      referrer: 'https://www.bing.com/',
      first: 0.03,
      again: 0.02,
      landing: 'category',
    }),
    source({
      id: 'google_ads',
      channel: 'Paid Search',
      source: 'google',
      medium: 'cpc',
      telling: 'gclid',
      first: 0.16,
      again: 0.08,
      conversion: 1.3,
      landing: 'category',
      clickRate: 0.045,
      campaigns: [
        campaign('brand_search', 0.28, 1.6, 0.23, 'fernweh outdoor'),
        campaign('generic_tents', 0.34, 0.95, 0.65, 'trekking tent'),
        campaign('generic_boots', 0.26, 0.9, 0.61, 'hiking boots'),
        campaign('competitors', 0.12, 0.45, 1.48, 'outdoor shop'),
      ],
    }),
    source({
      id: 'google_shopping',
      channel: 'Paid Shopping',
      channelWithoutAds: 'Paid Search',
      source: 'google',
      medium: 'cpc',
      telling: 'gclid',
      first: 0.06,
      again: 0.03,
      conversion: 1.25,
      landing: 'product',
      clickRate: 0.012,
      campaigns: [campaign('shopping_all', 1, 1, 0.49)],
    }),
    source({
      id: 'meta',
      channel: 'Paid Social',
      source: 'facebook',
      medium: 'paid_social',
      telling: 'utm',
      referrer: 'https://l.facebook.com/',
      first: 0.1,
      again: 0.05,
      conversion: 0.75,
      landing: 'product',
      clickRate: 0.011,
      campaigns: [
        campaign('prospecting_video', 0.6, 0.8, 0.42, '', 'video_a'),
        campaign('retargeting_cart', 0.4, 1.35, 0.59, '', 'carousel'),
      ],
    }),
    source({
      id: 'tiktok',
      channel: 'Paid Social',
      source: 'tiktok',
      medium: 'paid_social',
      telling: 'utm',
      first: 0.06,
      again: 0.01,
      conversion: 0.16,
      landing: 'home',
      clickRate: 0.009,
      campaigns: [campaign('spark_creators', 1, 1, 0.99, '', 'creator_mix')],
    }),
    source({
      id: 'display',
      channel: 'Display',
      source: 'dv360',
      medium: 'display',
      telling: 'utm',
      first: 0.02,
      again: 0.03,
      conversion: 0.4,
      landing: 'category',
      clickRate: 0.0012,
      campaigns: [campaign('banner_always_on', 1, 1, 0.76, '', '300x250')],
    }),
    source({
      id: 'instagram',
      channel: 'Organic Social',
      source: 'instagram',
      medium: 'referral',
      telling: 'referrer',
      referrer: 'https://l.instagram.com/',
      first: 0.04,
      again: 0.03,
      conversion: 0.6,
      landing: 'product',
    }),
    source({
      id: 'pinterest',
      channel: 'Organic Social',
      source: 'pinterest',
      medium: 'referral',
      telling: 'referrer',
      referrer: 'https://www.pinterest.com/',
      first: 0.02,
      again: 0.01,
      conversion: 0.7,
      landing: 'product',
    }),
    source({
      id: 'youtube',
      channel: 'Organic Video',
      source: 'youtube',
      medium: 'referral',
      telling: 'referrer',
      referrer: 'https://www.youtube.com/',
      first: 0.02,
      again: 0.01,
      conversion: 0.8,
      landing: 'content',
    }),
    source({
      id: 'affiliate',
      channel: 'Affiliates',
      source: 'awin',
      medium: 'affiliate',
      telling: 'utm',
      first: 0.03,
      again: 0.02,
      conversion: 1.45,
      landing: 'product',
      commission: 0.08,
      campaigns: [campaign('partners', 1, 1, 0, '', 'coupon_sites')],
    }),
    source({
      id: 'magazine',
      channel: 'Referral',
      source: 'trailmagazine.example',
      medium: 'referral',
      telling: 'referrer',
      referrer: 'https://www.trailmagazine.example/tests/tents',
      first: 0.03,
      again: 0.02,
      conversion: 1.1,
      landing: 'product',
    }),
    source({
      id: 'chatgpt',
      channel: 'AI Assistant',
      source: 'chatgpt',
      medium: 'ai-assistant',
      telling: 'referrer',
      referrer: 'https://chatgpt.com/',
      first: 0.03,
      again: 0.02,
      conversion: 1.35,
      landing: 'product',
    }),
    source({
      id: 'baidu',
      channel: 'Organic Search',
      source: 'baidu',
      medium: 'organic',
      telling: 'referrer',
      referrer: 'https://www.baidu.com/',
      region: 'china',
      first: 0.2,
      again: 0.1,
      landing: 'category',
    }),
    source({
      id: 'baidu_ads',
      channel: 'Paid Search',
      source: 'baidu',
      medium: 'cpc',
      telling: 'utm',
      region: 'china',
      first: 0.12,
      again: 0.05,
      conversion: 1.1,
      landing: 'category',
      clickRate: 0.03,
      campaigns: [campaign('baidu_sem', 1, 1, 0.53, '户外装备')],
    }),
    source({
      id: 'wechat',
      channel: 'Organic Social',
      source: 'wechat',
      medium: 'social',
      telling: 'fields',
      region: 'china',
      first: 0.2,
      again: 0.3,
      conversion: 1.15,
      landing: 'home',
    }),
    source({
      id: 'douyin',
      channel: 'Paid Social',
      source: 'douyin',
      medium: 'paid_social',
      telling: 'utm',
      region: 'china',
      first: 0.22,
      again: 0.08,
      conversion: 0.7,
      landing: 'product',
      clickRate: 0.014,
      campaigns: [campaign('douyin_feed', 1, 1, 0.4, '', 'feed')],
    }),
    source({
      id: 'xiaohongshu',
      channel: 'Organic Social',
      source: 'xiaohongshu',
      medium: 'referral',
      telling: 'referrer',
      referrer: 'https://www.xiaohongshu.com/',
      region: 'china',
      first: 0.14,
      again: 0.08,
      conversion: 0.95,
      landing: 'product',
    }),
    // Below: never drawn; visits that follow a message, a notification, an invitation or a shared link.
    source({
      id: 'newsletter',
      channel: 'Email',
      source: 'newsletter',
      medium: 'email',
      telling: 'utm',
      region: 'both',
      conversion: 1.3,
      landing: 'category',
      campaigns: [
        campaign('newsletter', 1, 1, 0),
        campaign('welcome_series', 0, 1, 0),
        campaign('winback_autumn', 0, 1, 0),
      ],
    }),
    source({
      id: 'push',
      channel: 'Mobile Push Notifications',
      source: 'app',
      medium: 'push',
      telling: 'fields',
      region: 'both',
      conversion: 1.1,
      landing: 'home',
    }),
    source({
      id: 'invitation',
      channel: 'Referral',
      source: 'friends',
      medium: 'referral',
      telling: 'utm',
      region: 'both',
      conversion: 2.2,
      landing: 'home',
      campaigns: [campaign('invite_a_friend', 1, 1, 0)],
    }),
    source({
      id: 'shared_link',
      channel: 'Organic Social',
      source: 'friends',
      medium: 'social',
      telling: 'utm',
      region: 'both',
      conversion: 1.8,
      landing: 'product',
    }),
  ] satisfies SourceFacts[] as readonly SourceFacts[],

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

  /** Times are shares of the period; a variation's effect multiplies the chance of a first order while exposed. */
  experiments: [
    {
      id: 'free_shipping_bar',
      from: 0.3,
      until: 0.75,
      variations: ['control', 'bar'],
      weights: [0.5, 0.5],
      effects: [1, 1.3],
      at: 'view_item',
      loses: [0, 0],
    },
    {
      id: 'one_page_checkout',
      from: 0.55,
      until: null,
      variations: ['control', 'one_page'],
      weights: [0.5, 0.5],
      effects: [1, 1],
      at: 'view_item',
      loses: [0, 0],
    },
    {
      id: 'infinite_scroll',
      from: 0.15,
      until: 0.5,
      variations: ['control', 'scroll'],
      weights: [0.5, 0.5],
      effects: [1, 0.75],
      at: 'view_item_list',
      loses: [0, 0],
    },
    // Broken: one in six people of the treatment is never logged (a script error).
    {
      id: 'new_ranking',
      from: 0.4,
      until: 0.9,
      variations: ['control', 'ranked'],
      weights: [0.5, 0.5],
      effects: [1, 1.1],
      at: 'view_item_list',
      loses: [0, 0.16],
    },
  ] satisfies ExperimentFacts[] as readonly ExperimentFacts[],

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

export interface ExperimentFacts {
  id: string;
  /** Shares of the period; until null: still running. */
  from: number;
  until: number | null;
  /** The first is the control. */
  variations: readonly string[];
  weights: readonly number[];
  effects: readonly number[];
  /** The event that exposes. */
  at: 'view_item' | 'view_item_list';
  /** Share of each variation's people whose exposure is never logged. */
  loses: readonly number[];
}

export type ShopFacts = typeof SHOP;

/** The sites that a simulation may have: the shop itself, and an outlet with its own zone and currency. */
export const SITES: readonly SiteFacts[] = [
  {
    site: SHOP.site,
    name: SHOP.name,
    host: SHOP.host,
    timezone: SHOP.timezone,
    currency: SHOP.currency,
    mark: '',
    visitors: 1,
    countries: Object.fromEntries(SHOP.countries.map(({ code, share }) => [code, share])),
    experiments: true,
  },
  {
    site: 'outlet',
    name: 'Fernweh Outlet',
    host: 'outlet.fernweh-outdoor.example',
    timezone: 'America/New_York',
    currency: 'USD',
    mark: '-',
    visitors: 0.15,
    countries: { US: 0.74, GB: 0.12, JP: 0.14 },
    experiments: false,
  },
];

/** What one unit of a currency costs at the price list's fixed rates: local money for 1 EUR. */
export function perEuro(currency: string): number {
  const rate = SHOP.countries.find(country => country.currency === currency)?.rate;
  if (rate === undefined) throw new Error(`no price list in ${currency}`);
  return rate;
}

/** Two decimals, but for the currencies of ISO 4217 that have none or three. */
export function minorUnits(currency: string): number {
  return currency === 'JPY' ? 1 : currency === 'KWD' ? 1000 : 100;
}
