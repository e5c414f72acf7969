import { type Births, type Calendar, DAY_MS, HOUR_MS, weekdayOf, zoneOffset } from './calendar.ts';
import type { CountryFacts } from './parameters/countries.ts';
import { type Picker, PURPOSE, picker, type Seed, type Stream, stream, whole } from './random.ts';
import { SHOP, type SiteFacts } from './shop.ts';

export type DeviceName = 'desktop' | 'mobile' | 'tablet';

/** One browser or app of a person, or a card for the till, with an id of its own. */
export interface PersonDevice {
  visitor: string;
  /** '' is the card. */
  name: DeviceName | '';
  platform: 'web' | 'ios' | 'android' | 'mini_program' | 'pos';
  userAgent: string;
  /** Only where the user agent does not say it (apps). */
  os: string;
  connection: string;
}

/** Who a person is: what does not change. */
export interface Person {
  index: number;
  /** The number as it stands in ids, with the mark of the site. */
  id: string;
  /** The first visit, ms UTC. */
  birth: number;
  country: CountryFacts;
  zone: string;
  city: string;
  region: string;
  persona: number;
  /** One or two browsers or apps; last, of some, the card. */
  devices: readonly PersonDevice[];
  /** Place of the card among the devices, or −1. */
  card: number;
  consentAnalytics: boolean;
  consentAds: boolean;
  subscribes: boolean;
}

const zones = new Map(
  SHOP.countries.map(facts => [facts.code, picker(facts.zones.map(([, share]) => share))] as const),
);
const persona = picker(SHOP.personas.map(facts => facts.share));
const deviceShare = picker(SHOP.devices.shares);
const DEVICE_NAMES: readonly DeviceName[] = ['desktop', 'mobile', 'tablet'];
const workdayHour = picker(SHOP.rhythm.workdayHours);
const weekendHour = picker(SHOP.rhythm.weekendHours);

const DESKTOPS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
];
const MOBILES = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36',
];
const TABLETS = [
  'Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
];
const MINI_PROGRAM =
  'Mozilla/5.0 (Linux; Android 13; V2227A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20240501 MicroMessenger/8.0.50.2700(0x2800325B) WeChat/arm64 MiniProgramEnv/android';

function deviceOf(random: Stream, visitor: string, name: DeviceName, china: boolean): PersonDevice {
  const { app, miniProgram, ios: iosShare, wifi, fourG, agentExponent } = SHOP.devices;
  const own = random();
  const agent = random();
  const connection = name === 'desktop' ? 'wifi' : agent < wifi ? 'wifi' : agent < wifi + fourG ? '4g' : '3g';
  if (name === 'mobile' && china && own < miniProgram) {
    return { visitor, name, platform: 'mini_program', userAgent: MINI_PROGRAM, os: '', connection };
  }
  if (name === 'mobile' && own > 1 - app) {
    const ios = agent < iosShare;
    const userAgent = ios ? 'Fernweh/5.2.1 (iPhone15,3; iOS 18.0)' : 'Fernweh/5.2.0 (SM-S918B; Android 14)';
    return {
      visitor,
      name,
      platform: ios ? 'ios' : 'android',
      userAgent,
      os: ios ? 'iOS' : 'Android',
      connection,
    };
  }
  const among = name === 'desktop' ? DESKTOPS : name === 'mobile' ? MOBILES : TABLETS;
  // The first in the list are the most used.
  const userAgent = among[Math.floor(agent ** agentExponent * among.length)] ?? '';
  return { visitor, name, platform: 'web', userAgent, os: '', connection };
}

const countryPickers = new Map<SiteFacts, Picker>();

function countryPicker(site: SiteFacts): Picker {
  let known = countryPickers.get(site);
  if (known === undefined) {
    known = picker(SHOP.countries.map(({ code }) => site.countries[code] ?? 0));
    countryPickers.set(site, known);
  }
  return known;
}

/** People who come because of others have numbers above these: 8 for each of those. */
const INVITED_FROM = 2 ** 40;

export function isInvited(index: number): boolean {
  return index >= INVITED_FROM;
}

export function invitedIndex(inviter: number, n: number): number {
  return INVITED_FROM + inviter * 8 + n;
}

/** How somebody came to know the shop by another person. */
export type Invitation = 'friend' | 'group' | 'share';

/** A friend has the first of the inviter's numbers, the two who may join a group buy the next, then five by shared links. */
export const FIRST_OF_SHARES = 3;
export const SHARES_MAX = 5;

export function invitationOf(index: number): Invitation {
  const n = (index - INVITED_FROM) % 8;
  return n === 0 ? 'friend' : n < FIRST_OF_SHARES ? 'group' : 'share';
}

export function inviterOf(index: number): number {
  return Math.floor((index - INVITED_FROM) / 8);
}

/** Who brought somebody: whoever was invited brings nobody more. */
export function rootOf(index: number): number {
  return isInvited(index) ? inviterOf(index) : index;
}

/** A time on the UTC day of `day`, at an hour that people of that zone shop at. Ms. */
export function timeOfDay(random: Stream, zone: string, day: number): number {
  const weekday = weekdayOf(day);
  const hour = weekday === 0 || weekday === 6 ? weekendHour(random) : workdayHour(random);
  const local = hour * HOUR_MS + whole(random, 0, HOUR_MS - 1);
  return day + ((((local - zoneOffset(zone, day)) % DAY_MS) + DAY_MS) % DAY_MS);
}

export interface PeopleOptions {
  site: SiteFacts;
  seed: Seed;
  calendar: Calendar;
  births: Births;
}

/** A person by number; of invited people the time of the first visit is given by who invited them. */
export function personOf(
  { site, seed, calendar, births }: PeopleOptions,
  index: number,
  invitedAt = 0,
): Person {
  const random = stream(seed, PURPOSE.person, index, 0);
  const facts = SHOP.countries[countryPicker(site)(random)] as CountryFacts;
  const zone = facts.zones[zones.get(facts.code)?.(random) ?? 0]?.[0] ?? 'UTC';
  const [city, region] = facts.cities[Math.floor(random() ** SHOP.cityExponent * facts.cities.length)] ?? [
    '',
    '',
  ];
  const id = `${site.mark}${index.toString(36)}`;
  const visitor = `${facts.code.toLowerCase()}${id}`;
  const china = facts.code === 'CN';
  const main = deviceShare(random);
  const devices: PersonDevice[] = [deviceOf(random, `${visitor}.1`, DEVICE_NAMES[main] ?? 'mobile', china)];
  if (random() < SHOP.devices.second) {
    devices.push(deviceOf(random, `${visitor}.2`, main === 0 ? 'mobile' : 'desktop', china));
  }
  const birth =
    invitedAt > 0 ? invitedAt : timeOfDay(random, zone, calendar.start + births.dayOf(index) * DAY_MS);
  const person: Person = {
    index,
    id,
    birth,
    country: facts,
    zone,
    city,
    region,
    persona: persona(random),
    devices,
    card: -1,
    consentAnalytics: random() >= SHOP.consent.refusesAnalytics,
    consentAds: random() >= SHOP.consent.refusesAds,
    subscribes: random() < SHOP.messages.newsletter.subscribes,
  };
  if (SHOP.stores.cities[city] !== undefined && random() < SHOP.stores.card) {
    person.card = devices.length;
    devices.push({
      visitor: `${visitor}.card`,
      name: '',
      platform: 'pos',
      userAgent: '',
      os: '',
      connection: '',
    });
  }
  return person;
}
