import { countries } from './parameters/countries.ts';
import { damage } from './parameters/damage.ts';
import { experiments } from './parameters/experiments.ts';
import { happenings } from './parameters/happenings.ts';
import { messages } from './parameters/messages.ts';
import { orders } from './parameters/orders.ts';
import { people } from './parameters/people.ts';
import { sources } from './parameters/sources.ts';
import { visits } from './parameters/visits.ts';

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

/**
 * The facts of the simulated shop: every parameter by which events are made. It is written whole into truth.json, so that
 * what the views estimate can be held against what was put in. Money is EUR unless said; rates are shares of 1.
 */
export const SHOP = {
  site: 'shop',
  name: 'Fernweh Outdoor',
  host: 'www.fernweh-outdoor.example',
  timezone: 'Europe/Berlin',
  currency: 'EUR',
  sessionGapSeconds: 1800,
  brandTerms: ['fernweh'],

  ...people,
  ...countries,
  ...sources,
  ...visits,
  ...orders,
  ...messages,
  ...experiments,
  ...happenings,
  ...damage,
} as const;

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
