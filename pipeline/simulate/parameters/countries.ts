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

/** Where people live, and what that brings with it. */
export const countries = {
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
} as const;
