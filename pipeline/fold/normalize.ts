import type { Event } from '../contract/event.ts';
import { type Channel, channelOf, referrerOfHost, sameSite } from './channel.ts';
import { type DeviceKind, deviceOf } from './device.ts';
import { memo } from './memo.ts';

/** An event as the fold and the tables take it. `channel` is '' where the event carries none. */
export type NormalEvent = Event & { channel: Channel | '' };

/**
 * Fills what an event leaves open and brings names to one spelling. Changes the event in place and returns it; doing it
 * again changes nothing. Ask `rejectionOf` first: it judges the event as sent.
 *
 * Origin: each empty field from its utm parameter in page_location; then source and medium from a click id there; then,
 * where both are still empty, from page_referrer, unless that is the shop itself, a payment or a sign-in page.
 * Without consent to ads, click ids and campaign are not kept anywhere: not in the fields, the URLs or the params. Source
 * and medium are, also those that a click id gave before it went: they name a place, not a click.
 */
export function normalize(event: Event): NormalEvent {
  takeOrigin(event);
  takeDevice(event);
  if (event.country !== '') event.country = countryCode(event.country);
  if (event.language !== '') event.language = languageTag(event.language);
  event.platform = platformName(event.platform);
  if (event.user_id === '') event.user_id = null;
  if (event.currency === '') event.currency = null;
  const normal = event as NormalEvent;
  normal.channel =
    event.source === '' && event.medium === '' && event.campaign === '' ? '' : channelOf(event);
  return normal;
}

// — origin —

interface Click {
  readonly source: string;
  readonly medium: string;
}

/**
 * Click ids by parameter. Ad platforms' own ids say that the click was paid for. Facebook, Instagram and the Google
 * shopping id mark unpaid clicks too, so they give the medium that an unpaid one has.
 */
const CLICK_IDS: ReadonlyMap<string, Click | null> = new Map<string, Click | null>([
  ['gclid', { source: 'google', medium: 'cpc' }],
  ['gbraid', { source: 'google', medium: 'cpc' }],
  ['wbraid', { source: 'google', medium: 'cpc' }],
  ['gad_source', { source: 'google', medium: 'cpc' }],
  ['dclid', { source: 'dv360', medium: 'display' }],
  ['msclkid', { source: 'bing', medium: 'cpc' }],
  ['yclid', { source: 'yandex', medium: 'cpc' }],
  ['ttclid', { source: 'tiktok', medium: 'cpc' }],
  ['twclid', { source: 'twitter', medium: 'cpc' }],
  ['li_fat_id', { source: 'linkedin', medium: 'cpc' }],
  ['epik', { source: 'pinterest', medium: 'cpc' }],
  ['sccid', { source: 'snapchat', medium: 'cpc' }],
  ['rdt_cid', { source: 'reddit', medium: 'cpc' }],
  ['bd_vid', { source: 'baidu', medium: 'cpc' }],
  ['sg_vid', { source: 'sogou', medium: 'cpc' }],
  ['qhclickid', { source: '360', medium: 'cpc' }],
  ['gdt_vid', { source: 'wechat', medium: 'cpc' }],
  ['qz_gdt', { source: 'qq', medium: 'cpc' }],
  ['fbclid', { source: 'facebook', medium: 'referral' }],
  ['igshid', { source: 'instagram', medium: 'referral' }],
  ['igsh', { source: 'instagram', medium: 'referral' }],
  ['srsltid', { source: 'google', medium: 'organic' }],
  // Ids that do not say whose: they are only taken out. Douyin's and Kuaishou's ads send clickid and callback ids.
  ['clickid', null],
  ['click_id', null],
  ['dy_clickid', null],
  ['ks_clickid', null],
  ['xhs_clickid', null],
  ['wx_clickid', null],
  ['irclickid', null],
  ['ysclid', null],
  ['gclsrc', null],
  ['_gl', null],
  ['_openstat', null],
  ['mc_eid', null],
  ['wickedid', null],
]);

/** Parameters that name the campaign or what of it was shown. */
const CAMPAIGN: ReadonlySet<string> = new Set([
  ...['utm_campaign', 'utm_id', 'utm_term', 'utm_content', 'utm_creative_format', 'utm_marketing_tactic'],
  ...[
    'campaign',
    'campaign_id',
    'campaignid',
    'gad_campaignid',
    'adgroupid',
    'adgroup_id',
    'ad_id',
    'adid',
    'creativeid',
  ],
  ...['creative_id', 'mc_cid'],
]);

const UTM: ReadonlyMap<string, 'source' | 'medium' | 'campaign' | 'term' | 'content'> = new Map<
  string,
  'source' | 'medium' | 'campaign' | 'term' | 'content'
>([
  ['utm_source', 'source'],
  ['utm_medium', 'medium'],
  ['utm_campaign', 'campaign'],
  ['utm_term', 'term'],
  ['utm_content', 'content'],
]);

interface Parameters {
  source: string;
  medium: string;
  campaign: string;
  term: string;
  content: string;
  click: Click | null;
}

const NO_PARAMETERS: Readonly<Parameters> = {
  source: '',
  medium: '',
  campaign: '',
  term: '',
  content: '',
  click: null,
};

function takeOrigin(event: Event): void {
  const sent = parametersOf(event.page_location);
  const { click } = sent;
  let found = sent;
  if (!event.consent_ads) {
    dropAds(event);
    // Read again, because a click id may have stood inside another parameter's value.
    found = parametersOf(event.page_location);
  }
  event.source = placed(event.source).toLowerCase() || found.source;
  event.medium = placed(event.medium).toLowerCase() || found.medium;
  event.campaign = placed(event.campaign) || found.campaign;
  event.term = placed(event.term) || found.term;
  event.content = placed(event.content) || found.content;
  if (click !== null && event.medium === '' && (event.source === '' || isPaid(click)))
    event.medium = click.medium;
  if (click !== null && event.source === '') event.source = click.source;
  if (event.source === '' && event.medium === '' && event.page_referrer !== '') takeReferrer(event);
}

function takeReferrer(event: Event): void {
  const authority = authorityOf(event.page_referrer);
  const ownAuthority = authorityOf(event.page_location);
  if (authority === ownAuthority) return;
  const host = hostOf(authority);
  const own = hostOf(ownAuthority);
  if (own !== '' && sameSite(host, own)) return;
  const referrer = referrerOfHost(host);
  event.source = referrer.source;
  event.medium = referrer.medium;
}

/** Trimmed; '' for the words by which GA4 and its exports say that there is nothing. */
function placed(value: string): string {
  if (value === '') return '';
  const text = value.trim();
  return text.startsWith('(') && /^\((?:direct|none|not set)\)$/i.test(text) ? '' : text;
}

function isPaid(click: Click): boolean {
  return click.medium === 'cpc' || click.medium === 'display';
}

/** What a URL's query and fragment say of the visit's origin; of a parameter given twice, the first that is not empty. */
function parametersOf(url: string): Readonly<Parameters> {
  let at = startOfParameters(url);
  if (at < 0) return NO_PARAMETERS;
  let equals = -1;
  let found: Parameters | undefined;
  while (at < url.length) {
    const from = at + 1;
    at = endOfParameter(url, from);
    if (equals < from) equals = url.indexOf('=', from);
    if (equals < 0) break;
    if (equals >= at - 1 || equals - from > NAME_CHARS_MAX) continue;
    const name = url.slice(from, equals).toLowerCase();
    const field = UTM.get(name);
    const click = field === undefined ? CLICK_IDS.get(name) : undefined;
    if (field === undefined && (click === undefined || click === null)) continue;
    found ??= { ...NO_PARAMETERS };
    if (field !== undefined) {
      if (found[field] !== '') continue;
      const value = valueFrom(url.slice(equals + 1, at));
      found[field] = field === 'source' || field === 'medium' ? value.toLowerCase() : value;
    } else if (click && (found.click === null || (isPaid(click) && !isPaid(found.click)))) {
      found.click = click;
    }
  }
  return found ?? NO_PARAMETERS;
}

const NAME_CHARS_MAX = 24;

/** The place of the first ? or #, -1 where there is none. */
function startOfParameters(url: string): number {
  const query = url.indexOf('?');
  const fragment = url.indexOf('#');
  return query < 0 || (fragment >= 0 && fragment < query) ? fragment : query;
}

/** A second ? or # ends a parameter as & does: people write such links, and one-page shops have a query in the fragment. */
function endOfParameter(url: string, from: number): number {
  for (let i = from; i < url.length; i++) {
    if (isDelimiter(url.charCodeAt(i))) return i;
  }
  return url.length;
}

/** Is it one of & ? #? */
function isDelimiter(code: number): boolean {
  return code === 0x26 || code === 0x3f || code === 0x23;
}

/** A parameter's value: remembered, because campaigns repeat, and so that sessions share it instead of keeping its URL. */
const valueFrom = memo<string>(10_000, encoded => placed(decoded(encoded)));

/** Percent and plus encodings undone; what encodes no UTF-8 character stays as it is. Never throws. */
function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? spaced.replace(ENCODED_CHARACTER, decodedCharacter) : spaced;
}

/** One character of 1 to 4 bytes. */
const ENCODED_CHARACTER =
  /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-4](?:%[89ab][0-9a-f]){3}/gi;

function decodedCharacter(encoded: string): string {
  const bytes = Buffer.from(encoded.replaceAll('%', ''), 'hex');
  const plain = bytes.toString();
  // Overlong forms and surrogates look like characters, but are none.
  return Buffer.from(plain).equals(bytes) ? plain : encoded;
}

/** What stands between // and the path of a full URL; '' where it is none. */
function authorityOf(url: string): string {
  const slashes = url.indexOf('//');
  if (slashes < 0 || (slashes > 0 && url.charCodeAt(slashes - 1) !== 0x3a)) return '';
  for (let i = 0; i < slashes; i++) {
    const code = url.charCodeAt(i);
    if (code === 0x3f || code === 0x23) return '';
  }
  const from = slashes + 2;
  const endMax = Math.min(url.length, from + AUTHORITY_CHARS_MAX);
  let end = from;
  while (end < endMax) {
    const code = url.charCodeAt(end);
    if (code === 0x2f || code === 0x3f || code === 0x23 || code === 0x5c) break;
    end++;
  }
  return url.slice(from, end);
}

/** Longer than any host with a user and a port that is a referrer; more would only cost time. */
const AUTHORITY_CHARS_MAX = 300;
const HOST_CHARS_MAX = 253;

/** The host in an authority, lower case, without user and port; '' where there is none. */
const hostOf = memo<string>(10_000, authority => {
  const host = authority
    .slice(authority.lastIndexOf('@') + 1)
    .replace(/:\d*$/, '')
    .replace(/\.$/, '')
    .toLowerCase();
  return host.length > HOST_CHARS_MAX || /[\s%<>"'`^{}|(),;=*]/.test(host) ? '' : host;
});

// — consent —

/** Takes click ids and campaign out of every field that may hold them. */
function dropAds(event: Event): void {
  event.campaign = '';
  event.term = '';
  event.content = '';
  event.page_location = withoutAds(event.page_location);
  event.page_referrer = withoutAds(event.page_referrer);
  const { params } = event;
  for (const name of Object.keys(params)) {
    const value = params[name];
    if (isAds(name)) delete params[name];
    else if (value !== undefined) params[name] = withoutAds(value);
  }
}

function isAds(name: string): boolean {
  const plain = name.toLowerCase();
  return CLICK_IDS.has(plain) || CAMPAIGN.has(plain);
}

/** What parts parameters, plain or percent-encoded any number of times, as in the URLs that URLs carry. */
const DELIMITER = /[?&#]|%(?:25)*(?:3f|26|23)/gi;
const EQUALS = /=|%(?:25)*3d/i;

/** A text (a URL, as a rule) without the parameters of ads, in the URLs nested in it too. Nothing else of it changes. */
function withoutAds(text: string): string {
  if (!text.includes('%') && !hasPlainAds(text)) return text;
  DELIMITER.lastIndex = 0;
  let delimiter = DELIMITER.exec(text);
  if (delimiter === null) return text;
  let kept = text.slice(0, delimiter.index);
  /** Of the parameter taken out last: its depth, and the ? or # that the next parameter at that depth takes over. */
  let dropped: { depth: number; opener: string } | null = null;
  while (delimiter !== null) {
    const [mark] = delimiter;
    const from = delimiter.index + mark.length;
    delimiter = DELIMITER.exec(text);
    const parameter = text.slice(from, delimiter === null ? text.length : delimiter.index);
    const depth = depthOf(mark);
    // Deeper than the parameter taken out: a part of its value.
    if (dropped !== null && depth > dropped.depth) continue;
    const joins = mark === '&' || mark.endsWith('26');
    const opener: string = dropped !== null && dropped.depth === depth && joins ? dropped.opener : mark;
    if (isAds(nameOf(parameter))) {
      dropped = { depth, opener };
    } else {
      dropped = null;
      kept += opener + parameter;
    }
  }
  return kept;
}

/** Asked first, because few URLs have any. */
function hasPlainAds(text: string): boolean {
  let equals = -1;
  for (let from = 0; ; ) {
    equals = text.indexOf('=', from);
    if (equals < 0) return false;
    let start = equals;
    while (start > from && !isDelimiter(text.charCodeAt(start - 1))) start--;
    if (isAds(text.slice(start, equals))) return true;
    from = equals + 1;
  }
}

/** 0 for a plain delimiter, 1 for %26, 2 for %2526 and so on. */
function depthOf(mark: string): number {
  return mark.length === 1 ? 0 : (mark.length - 1) / 2;
}

/** A parameter's name, also where it is encoded; '' where it has no value, so that words after an & stay. */
function nameOf(parameter: string): string {
  const equals = parameter.search(EQUALS);
  if (equals < 0) return '';
  let name = parameter.slice(0, equals);
  for (let times = 0; times < 4 && name.includes('%'); times++) name = decoded(name);
  return name;
}

// — device, names —

/** Names for devices that producers use beside the contract's. */
const DEVICE_NAMES: ReadonlyMap<string, DeviceKind> = new Map<string, DeviceKind>([
  ['desktop', 'desktop'],
  ['pc', 'desktop'],
  ['computer', 'desktop'],
  ['mobile', 'mobile'],
  ['phone', 'mobile'],
  ['smartphone', 'mobile'],
  ['tablet', 'tablet'],
  ['tv', 'tv'],
  ['smart tv', 'tv'],
  ['smarttv', 'tv'],
  ['bot', 'bot'],
]);

function takeDevice(event: Event): void {
  const sent = event.device === '' ? '' : (DEVICE_NAMES.get(event.device.trim().toLowerCase()) ?? '');
  event.device = sent;
  if (event.user_agent === '' || (sent !== '' && event.browser !== '' && event.os !== '')) return;
  const read = deviceOf(event.user_agent);
  if (sent === '') event.device = read.device;
  if (event.browser === '') event.browser = read.browser;
  if (event.os === '') event.os = read.os;
}

const countryCode = memo<string>(10_000, country => country.trim().toUpperCase());
const platformName = memo<string>(10_000, platform => platform.trim().toLowerCase());

/**
 * BCP 47's usual spelling: zh-Hans-CN for zh_hans_cn. Letter case and separator only; what stands after a single letter
 * (extensions, private use) is lower case. Not the engine's own list, which changes with its version.
 */
const languageTag = memo<string>(10_000, tag => {
  let single = false;
  return tag
    .trim()
    .split(/[-_]/)
    .map((part, i) => {
      const low = part.toLowerCase();
      if (i === 0 || single || !/^[a-z0-9]+$/i.test(part)) return low;
      if (part.length === 1) single = true;
      if (part.length === 2) return part.toUpperCase();
      return part.length === 4 ? low.charAt(0).toUpperCase() + low.slice(1) : low;
    })
    .join('-');
});
