import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHANNELS,
  channelOf,
  referrerOfHost,
  sameSite,
  sourceCategoryOf,
} from '../../pipeline/fold/channel.ts';

const of = (source: string, medium: string, campaign = ''): string => channelOf({ source, medium, campaign });

describe('channelOf, by GA4', () => {
  test.each([
    ['', '', '', 'Direct'],
    ['(direct)', '(none)', '', 'Direct'],
    ['(direct)', '(not set)', '(direct)', 'Direct'],
    ['google', 'cpc', 'x Cross-Network y', 'Cross-network'],
    ['amazon', 'cpc', '', 'Paid Shopping'],
    ['google', 'cpc', 'spring shopping', 'Paid Shopping'],
    ['google', 'cpc', 'e-shop', 'Paid Shopping'],
    ['google', 'cpc', 'eshop', 'Paid Shopping'],
    ['google', 'cpc', 'photoshop', 'Paid Search'],
    ['google', 'cpc', '', 'Paid Search'],
    ['Bing', 'PPC', '', 'Paid Search'],
    ['facebook', 'paid_social', '', 'Paid Social'],
    ['fb', 'cpm', '', 'Paid Social'],
    ['youtube', 'cpv', '', 'Paid Video'],
    ['youtube', 'cpc', '', 'Paid Video'],
    ['somewhere', 'cpm', '', 'Display'],
    ['somewhere', 'banner', '', 'Display'],
    ['criteo', 'retargeting', '', 'Paid Other'],
    ['chatgpt.com', '', '', 'AI Assistant'],
    ['unheard-of', 'ai-assistant', '', 'AI Assistant'],
    ['chatgpt.com', 'cpc', '', 'Paid Other'],
    ['ebay.de', 'referral', '', 'Organic Shopping'],
    ['newsletter', 'link', 'Shop opening', 'Organic Shopping'],
    ['newsletter', 'link', 'workshop', 'Referral'],
    ['instagram', 'referral', '', 'Organic Social'],
    ['anyone', 'social-media', '', 'Organic Social'],
    ['vimeo.com', 'referral', '', 'Organic Video'],
    ['anyone', 'product video', '', 'Organic Video'],
    ['google', 'organic', '', 'Organic Search'],
    ['anyone', 'organic', '', 'Organic Search'],
    ['blog.example.com', 'referral', '', 'Referral'],
    ['anyone', 'app', '', 'Referral'],
    ['newsletter', 'E-mail', '', 'Email'],
    ['email', '', '', 'Email'],
    ['partner', 'affiliate', '', 'Affiliates'],
    ['spotify', 'audio', '', 'Audio'],
    ['sms', 'campaign', '', 'SMS'],
    ['crm', 'web_push', '', 'Mobile Push Notifications'],
    ['crm', 'mobile-app', '', 'Mobile Push Notifications'],
    ['firebase', 'x', '', 'Mobile Push Notifications'],
    ['newsletter', '', 'may', 'Unassigned'],
    ['', '', 'may', 'Unassigned'],
    ['(direct)', '(none)', 'may', 'Unassigned'],
  ])('%s / %s / %s is %s', (source, medium, campaign, channel) => {
    expect(of(source, medium, campaign)).toBe(channel);
  });

  test.each([
    ['douyin', 'Paid Social', 'Organic Social'],
    ['weixin', 'Paid Social', 'Organic Social'],
    ['wechat', 'Paid Social', 'Organic Social'],
    ['weibo', 'Paid Social', 'Organic Social'],
    ['xiaohongshu', 'Paid Social', 'Organic Social'],
    ['小红书', 'Paid Social', 'Organic Social'],
    ['kuaishou', 'Paid Social', 'Organic Social'],
    ['zhihu', 'Paid Social', 'Organic Social'],
    ['toutiao', 'Paid Social', 'Organic Social'],
    ['baidu', 'Paid Search', 'Organic Search'],
    ['sogou', 'Paid Search', 'Organic Search'],
    ['360', 'Paid Search', 'Organic Search'],
    ['so.com', 'Paid Search', 'Organic Search'],
    ['bilibili', 'Paid Video', 'Organic Video'],
    ['taobao', 'Paid Shopping', 'Organic Shopping'],
    ['tmall', 'Paid Shopping', 'Organic Shopping'],
    ['jd', 'Paid Shopping', 'Organic Shopping'],
    ['pinduoduo', 'Paid Shopping', 'Organic Shopping'],
  ])('%s, paid %s, else %s', (source, paid, organic) => {
    expect(of(source, 'cpc')).toBe(paid);
    expect(of(source, 'referral')).toBe(organic);
  });

  test('is one of CHANNELS, whatever comes, asked again too, and in any letter case', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('google', 'cpc', 'a\ncpc', 'x\n', 'shop', 'cross-network'),
    );
    fc.assert(
      fc.property(text, text, text, (source, medium, campaign) => {
        const channel = of(source, medium, campaign);
        expect(CHANNELS).toContain(channel);
        expect(of(source, medium, campaign)).toBe(channel);
      }),
    );
    expect(of('GOOGLE', 'CpC')).toBe('Paid Search');
  });

  test('a line break in a source does not turn its rest into the medium', () => {
    expect(of('a\ncpc', '')).toBe('Unassigned');
  });

  test('every channel can be reached', () => {
    const reached = new Set([
      ...[
        of('', ''),
        of('a', 'b', 'cross-network'),
        of('ebay', 'cpc'),
        of('bing', 'cpc'),
        of('x', 'cpc'),
        of('youtube', 'cpc'),
      ],
      ...[
        of('a', 'display'),
        of('a', 'cpc'),
        of('claude', ''),
        of('ebay', ''),
        of('x', ''),
        of('youtube', ''),
        of('bing', ''),
      ],
      ...[
        of('a', 'link'),
        of('a', 'email'),
        of('a', 'affiliate'),
        of('a', 'audio'),
        of('a', 'sms'),
        of('a', 'push'),
        of('a', 'b'),
      ],
    ]);
    expect([...reached].sort()).toEqual([...CHANNELS].sort());
  });
});

describe('referrerOfHost', () => {
  test.each([
    ['www.google.com', 'google', 'organic'],
    ['google.co.uk', 'google', 'organic'],
    ['www.google.com.hk', 'google', 'organic'],
    ['com.google.android.googlequicksearchbox', 'google', 'organic'],
    ['search.yahoo.co.jp', 'yahoo', 'organic'],
    ['m.baidu.com', 'baidu', 'organic'],
    ['www.so.com', '360', 'organic'],
    ['so.toutiao.com', 'toutiao_search', 'organic'],
    ['www.toutiao.com', 'toutiao', 'referral'],
    ['l.facebook.com', 'facebook', 'referral'],
    ['t.co', 'twitter', 'referral'],
    ['mp.weixin.qq.com', 'wechat', 'referral'],
    ['www.amazon.co.jp', 'amazon', 'referral'],
    ['gemini.google.com', 'gemini', 'ai-assistant'],
    ['chatgpt.com', 'chatgpt', 'ai-assistant'],
    ['www.doubao.com', 'doubao', 'ai-assistant'],
    ['mail.google.com', 'mail.google.com', 'referral'],
    ['mail.yahoo.com', 'mail.yahoo.com', 'referral'],
    ['www.example.com', 'example.com', 'referral'],
    ['netflix.com.evil.org', 'netflix.com.evil.org', 'referral'],
    ['nota.co', 'nota.co', 'referral'],
    ['google.evil.com', 'google.evil.com', 'referral'],
    ['localhost', 'localhost', 'referral'],
    ['amazon.internal', 'amazon.internal', 'referral'],
    ['pubs.acs.org', 'pubs.acs.org', 'referral'],
    ['www.3ds.com', '3ds.com', 'referral'],
  ])('%s is %s / %s', (host, source, medium) => {
    expect(referrerOfHost(host)).toEqual({ source, medium });
  });

  test.each([
    ...[
      'www.paypal.com',
      'checkout.stripe.com',
      'openapi.alipay.com',
      'pay.klarna.com',
      'pay.google.com',
      'wx.tenpay.com',
    ],
    ...[
      'acs.bank.com',
      '3ds-acs.bank.de',
      '3dsecure2.bank.fr',
      'centinelapi.cardinalcommerce.com',
      'accounts.google.com',
      '',
    ],
    'open.weixin.qq.com',
  ])('%s is passed through: no referrer', host => {
    expect(referrerOfHost(host)).toEqual({ source: '', medium: '' });
  });

  test('what it names has the category that its medium says', () => {
    const hosts = [
      'www.google.fr',
      'l.facebook.com',
      'chatgpt.com',
      'm.baidu.com',
      'xhslink.com',
      'm.tb.cn',
      'b23.tv',
    ];
    const categories = hosts.map(host => sourceCategoryOf(referrerOfHost(host).source));
    expect(categories).toEqual(['search', 'social', 'ai', 'search', 'social', 'shopping', 'video']);
  });
});

test('sameSite goes by the registrable domain', () => {
  expect(sameSite('www.shop.co.uk', 'pay.shop.co.uk')).toBe(true);
  expect(sameSite('a.co.uk', 'b.co.uk')).toBe(false);
  expect(sameSite('a.myshopify.com', 'b.myshopify.com')).toBe(false);
  expect(sameSite('localhost', 'localhost')).toBe(true);
  expect(sameSite('10.0.0.1', '10.0.0.2')).toBe(false);
});
