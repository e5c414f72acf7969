import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../pipeline/contract/event.ts';
import { CHANNELS } from '../../pipeline/fold/channel.ts';
import { type NormalEvent, normalize } from '../../pipeline/fold/normalize.ts';
import { event } from '../support/event.ts';

const SHOP = 'https://www.shop.com/';
const done = (given: Partial<Event>): NormalEvent => normalize(event(given));
const landing = (query: string, given: Partial<Event> = {}): NormalEvent =>
  done({ page_location: SHOP + query, ...given });
const referred = (page_referrer: string, page_location = SHOP): NormalEvent =>
  done({ page_referrer, page_location });

test('an event that carries nothing has no channel', () => {
  expect(done({ page_location: SHOP })).toMatchObject({ source: '', medium: '', campaign: '', channel: '' });
});

test('the same object comes back', () => {
  const given = event();
  expect(normalize(given)).toBe(given);
});

describe('origin from page_location', () => {
  test('utm parameters', () => {
    expect(
      landing(
        '?utm_source=News%20Letter&utm_medium=Email&utm_campaign=Spring+Sale&utm_term=a%2Bb&utm_content=Top#x',
      ),
    ).toMatchObject({
      ...{
        source: 'news letter',
        medium: 'email',
        campaign: 'Spring Sale',
        term: 'a+b',
        content: 'Top',
        channel: 'Email',
      },
    });
  });

  test.each([
    ['#utm_source=a&utm_medium=cpc', 'a', 'cpc'],
    ['?x=1#utm_source=a', 'a', ''],
    ['#/shoes?utm_source=a', 'a', ''],
    ['?a=1?utm_source=a', 'a', ''],
    ['?UTM_Source=A', 'a', ''],
    ['?utm_source=&utm_source=b&utm_source=c', 'b', ''],
    ['?utm_source=%20&utm_medium=(none)', '', ''],
    ['?utm_source', '', ''],
    ['?xutm_source=a', '', ''],
    ['?q=utm_source=a', '', ''],
    ['?utm_source=a%zz%E4%BD%A0%ff', 'a%zz你%ff', ''],
    ['?utm_source=%B0%D9', '%b0%d9', ''],
    ['?utm_source=%C0%AFa%ED%A0%80', '%c0%afa%ed%a0%80', ''],
    ['?utm_source=%F0%9F%98%80%EF%BF%BD', '😀\ufffd', ''],
    ['?&&utm_source=a&&', 'a', ''],
  ])('%s: %s / %s', (query, source, medium) => {
    expect(landing(query)).toMatchObject({ source, medium });
  });

  test.each([
    ['gclid', 'google', 'cpc', 'Paid Search'],
    ['gbraid', 'google', 'cpc', 'Paid Search'],
    ['wbraid', 'google', 'cpc', 'Paid Search'],
    ['dclid', 'dv360', 'display', 'Display'],
    ['msclkid', 'bing', 'cpc', 'Paid Search'],
    ['fbclid', 'facebook', 'referral', 'Organic Social'],
    ['ttclid', 'tiktok', 'cpc', 'Paid Social'],
    ['twclid', 'twitter', 'cpc', 'Paid Social'],
    ['li_fat_id', 'linkedin', 'cpc', 'Paid Social'],
    ['bd_vid', 'baidu', 'cpc', 'Paid Search'],
    ['gdt_vid', 'wechat', 'cpc', 'Paid Social'],
    ['qz_gdt', 'qq', 'cpc', 'Paid Social'],
  ])('%s is %s / %s: %s', (name, source, medium, channel) => {
    expect(landing(`?a=1&${name}=XyZ`)).toMatchObject({ source, medium, channel });
    expect(landing(`?${name}=`)).toMatchObject({ source: '', medium: '', channel: '' });
  });

  test('a click id fills what utm leaves open; an unpaid one lends its medium to no other source', () => {
    expect(landing('?utm_source=newsletter&gclid=1')).toMatchObject({ source: 'newsletter', medium: 'cpc' });
    expect(landing('?utm_source=newsletter&fbclid=1')).toMatchObject({ source: 'newsletter', medium: '' });
    expect(landing('?utm_medium=social&fbclid=1')).toMatchObject({ source: 'facebook', medium: 'social' });
    expect(landing('?fbclid=1&gclid=2')).toMatchObject({ source: 'google', medium: 'cpc' });
  });

  test('what the producer says stands, in lower case but for the campaign', () => {
    const said = { source: ' Partner ', medium: 'CPC', campaign: ' Spring ' };
    expect(landing('?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=t', said)).toMatchObject({
      ...{ source: 'partner', medium: 'cpc', campaign: 'Spring', term: 't', channel: 'Paid Other' },
    });
  });

  test("GA4's words for nothing are nothing", () => {
    const none = { source: '(Direct)', medium: '(none)', campaign: '(not set)' };
    expect(landing('', none)).toMatchObject({ source: '', medium: '', campaign: '', channel: '' });
    expect(landing('?gclid=1', none)).toMatchObject({ source: 'google', medium: 'cpc' });
  });
});

describe('origin from page_referrer', () => {
  test.each([
    ['https://www.google.com/', 'google', 'organic', 'Organic Search'],
    ['https://www.baidu.com/link?url=x', 'baidu', 'organic', 'Organic Search'],
    ['android-app://com.google.android.googlequicksearchbox/', 'google', 'organic', 'Organic Search'],
    ['https://l.facebook.com/l.php?u=x', 'facebook', 'referral', 'Organic Social'],
    ['https://chatgpt.com/', 'chatgpt', 'ai-assistant', 'AI Assistant'],
    ['https://user:pw@WWW.Blog.Example.COM.:8080/x', 'blog.example.com', 'referral', 'Referral'],
    ['https://blog.example.com?x=//y', 'blog.example.com', 'referral', 'Referral'],
    ['//blog.example.com/x', 'blog.example.com', 'referral', 'Referral'],
    ['http://[2001:db8::1]:80/', '[2001:db8::1]', 'referral', 'Referral'],
  ])('%s is %s / %s: %s', (page_referrer, source, medium, channel) => {
    expect(referred(page_referrer)).toMatchObject({ source, medium, channel });
  });

  test.each([
    ...[
      'https://www.shop.com/x',
      'https://pay.shop.com/',
      'http://shop.com',
      'HTTPS://SHOP.COM:443/',
      'https://www.paypal.com/',
    ],
    ...[
      'https://acs.bank.com/3ds',
      '',
      'shop',
      '/x',
      'about:blank',
      'x?u=https://blog.com/',
      'https://',
      'https://%%/',
      'https://a b/',
    ],
  ])('%j is none', page_referrer => {
    expect(referred(page_referrer)).toMatchObject({ source: '', medium: '', channel: '' });
  });

  test('counts as foreign where the event has no location', () => {
    expect(referred('https://blog.com/', '')).toMatchObject({ source: 'blog.com', medium: 'referral' });
  });

  test('is asked only where neither source nor medium is known', () => {
    const google = { page_referrer: 'https://www.google.com/' };
    expect(landing('?utm_source=x', google)).toMatchObject({ source: 'x', medium: '' });
    expect(landing('?utm_medium=email', google)).toMatchObject({ source: '', medium: 'email' });
    expect(landing('?utm_campaign=c', google)).toMatchObject({
      source: 'google',
      medium: 'organic',
      campaign: 'c',
    });
  });
});

describe('without consent to ads', () => {
  const refused = (query: string, given: Partial<Event> = {}): NormalEvent =>
    landing(query, { consent_ads: false, ...given });

  test('click ids and campaign go, source and medium stay', () => {
    const page = '?gclid=1&a=b&utm_source=google&utm_campaign=C&utm_term=T&utm_content=X&utm_id=7';
    expect(refused(page, { campaign: 'C', term: 'T', content: 'X' })).toMatchObject({
      page_location: `${SHOP}?a=b&utm_source=google`,
      ...{ source: 'google', medium: 'cpc', campaign: '', term: '', content: '', channel: 'Paid Search' },
    });
  });

  test.each([
    ['?gclid=1', ''],
    ['?gclid=1#top', '#top'],
    ['?a=1&gclid=1', '?a=1'],
    ['?GCLID=1&a=1', '?a=1'],
    ['?%67clid=1&a=1', '?a=1'],
    ['?gclid=1&fbclid=2&a=1&utm_campaign=x&b=2', '?a=1&b=2'],
    ['#gclid=1', ''],
    ['?a=1#/p?gclid=1&b=2', '?a=1#/p?b=2'],
    ['?gclid=1?b=2', '?b=2'],
    ['?next=%2Fp%3Fgclid%3D1%26x%3D2&b=3', '?next=%2Fp%3Fx%3D2&b=3'],
    ['?next=%2Fp%3Fx%3D2%26gclid%3D1&b=3', '?next=%2Fp%3Fx%3D2&b=3'],
    ['?next=%252Fp%253Fgclid%253D1&b=3', '?next=%252Fp&b=3'],
    ['?gclid=1%26x%3D2&b=3', '?b=3'],
    [
      '?bd_vid=1&qz_gdt=2&gdt_vid=3&clickid=4&dclid=5&wbraid=6&gbraid=7&li_fat_id=8&ttclid=9&twclid=1&msclkid=2',
      '',
    ],
    ['?utm_source=x&q=rock+%26+roll', '?utm_source=x&q=rock+%26+roll'],
    ['gclid/1', 'gclid/1'],
    ['?gclid', '?gclid'],
    ['?', '?'],
  ])('%s becomes %s', (before, after) => {
    expect(refused(before).page_location).toBe(SHOP + after);
    expect(landing(before).page_location).toBe(SHOP + before);
  });

  test('in the referrer and the params too', () => {
    const { page_referrer, params } = refused('', {
      page_referrer: 'https://blog.com/x?fbclid=1&y=2',
      params: {
        gclid: '1',
        link_url: 'https://a.com/?msclkid=1',
        note: 'rock & campaign = all',
        element: 'x',
      },
    });
    expect(page_referrer).toBe('https://blog.com/x?y=2');
    expect(params).toEqual({ link_url: 'https://a.com/', note: 'rock & campaign = all', element: 'x' });
  });

  test('a click id hidden in the source does not come through', () => {
    expect(refused('?utm_source=a%26gclid%3D5').source).toBe('a');
  });
});

test('device, browser and system come from the user agent, each where it is not said', () => {
  const user_agent =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
  expect(done({ user_agent })).toMatchObject({ device: 'desktop', browser: 'Chrome', os: 'Windows' });
  expect(done({ user_agent, device: 'Smartphone' })).toMatchObject({ device: 'mobile', browser: 'Chrome' });
  expect(done({ user_agent, device: 'fridge', os: 'Z' })).toMatchObject({ device: 'desktop', os: 'Z' });
  expect(done({ device: 'fridge' })).toMatchObject({ device: '', browser: '', os: '' });
  expect(done({ user_agent: 'curl/8.5.0' }).device).toBe('bot');
});

test('names have one spelling, empty ones are none', () => {
  expect(
    done({ country: ' de', language: 'ZH_hans-cn', platform: ' Web', user_id: '', currency: '' }),
  ).toMatchObject({
    ...{ country: 'DE', language: 'zh-Hans-CN', platform: 'web', user_id: null, currency: null },
  });
  expect(done({ language: 'en-us-x-AB-Cdef' }).language).toBe('en-US-x-ab-cdef');
  expect(done({ user_id: 'u1', currency: 'EUR' })).toMatchObject({ user_id: 'u1', currency: 'EUR' });
});

describe('any event', () => {
  const part = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        ...['?', '&', '#', '=', '%3F', '%26', '%23', '%3D', '%253F', '%2526', '%', '+', '/'],
      ),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        ...[
          'gclid',
          'fbclid',
          'utm_source',
          'utm_medium',
          'utm_campaign',
          'utm_term',
          '%67clid',
          'GCLID',
          'campaign',
          'clickid',
        ],
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...['https://', 'www.google.com', 'shop.com', '@', ':', '//', 'İ', 'ß', ' ', '(none)', '25'],
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
  );
  const text = fc.array(part, { maxLength: 14 }).map(parts => parts.join(''));
  const url = fc.oneof(
    text,
    text.map(tail => `https://www.shop.com/${tail}`),
  );
  const given = fc.record(
    {
      ...{
        page_location: url,
        page_referrer: url,
        source: text,
        medium: text,
        campaign: text,
        term: text,
        content: text,
      },
      ...{
        country: text,
        language: text,
        platform: text,
        device: text,
        browser: text,
        os: text,
        user_agent: text,
      },
      user_id: fc.option(text),
      currency: fc.option(text),
      params: fc.dictionary(text, text, { maxKeys: 3 }),
      consent_ads: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  test('is normalized without a throw, once for all, into a known channel', () => {
    fc.assert(
      fc.property(given, fields => {
        const once = structuredClone(done(fields));
        const twice = normalize(structuredClone(once));
        expect(twice).toEqual(once);
        expect(['', ...CHANNELS]).toContain(once.channel);
        expect(once.channel === '').toBe(once.source + once.medium + once.campaign === '');
        expect(once.channel).not.toBe('Direct');
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps no click id and no campaign without consent, however deep it stands', () => {
    fc.assert(
      fc.property(given, fields => {
        const { page_location, page_referrer, params, campaign, term, content } = done({
          ...fields,
          consent_ads: false,
        });
        expect([campaign, term, content]).toEqual(['', '', '']);
        for (const kept of [page_location, page_referrer, ...Object.values(params)]) {
          const plain = kept
            .replace(/%(25)+/gi, '%')
            .replace(/%(3f|26|23)/gi, '&')
            .replace(/%3d/gi, '=')
            .replace(/%67/gi, 'g');
          expect(plain).not.toMatch(/[?&#](gclid|fbclid|clickid|campaign|utm_campaign|utm_term)=/i);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
