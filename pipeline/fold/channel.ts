import { parse } from 'tldts';
import { memo } from './memo.ts';

/**
 * GA4's default channel groups, in the order in which they are asked.
 * Source: Google Analytics Help, "[GA4] Default channel group" (support.google.com/analytics/answer/9756891); AI Assistant:
 * "What's new in Google Analytics", 13 May 2026 (support.google.com/analytics/answer/9164320).
 */
export const CHANNELS = [
  'Direct',
  'Cross-network',
  'Paid Shopping',
  'Paid Search',
  'Paid Social',
  'Paid Video',
  'Display',
  'Paid Other',
  'AI Assistant',
  'Organic Shopping',
  'Organic Social',
  'Organic Video',
  'Organic Search',
  'Referral',
  'Email',
  'Affiliates',
  'Audio',
  'SMS',
  'Mobile Push Notifications',
  'Unassigned',
] as const;
export type Channel = (typeof CHANNELS)[number];

/** Where a visit came from. Letter case does not matter; '' is unknown. */
export interface Origin {
  readonly source: string;
  readonly medium: string;
  readonly campaign: string;
}

export type SourceCategory = 'search' | 'social' | 'shopping' | 'video' | 'ai';

/**
 * [name, other names in utm_source, hosts with what is under them]: GA4's source lists where they matter to a shop, and the
 * Chinese platforms, which GA4 leaves out or knows in part. A name is also its own name in utm_source.
 * Short-video networks are social, as GA4 has it for TikTok.
 */
type Platform = readonly [name: string, names: readonly string[], hosts: readonly string[]];

const PLATFORMS: Readonly<Record<SourceCategory, readonly Platform[]>> = {
  search: [
    ['google', ['googleads', 'adwords'], ['com.google.android.googlequicksearchbox']],
    ['bing', ['bingads'], ['bing.com', 'cn.bing.com']],
    ['yahoo', [], []],
    ['yandex', [], ['ya.ru']],
    ['duckduckgo', ['ddg'], ['duckduckgo.com', 'com.duckduckgo.mobile.android']],
    ['ecosia', [], ['ecosia.org']],
    ['brave', [], ['search.brave.com']],
    ['startpage', [], ['startpage.com']],
    ['qwant', [], ['qwant.com']],
    ['kagi', [], ['kagi.com']],
    ['ask', [], ['ask.com']],
    ['aol', [], ['search.aol.com', 'aolsearch.com']],
    ['naver', [], ['search.naver.com', 'm.search.naver.com']],
    ['daum', [], ['search.daum.net', 'm.search.daum.net']],
    ['seznam', [], ['search.seznam.cz']],
    ['rambler', [], ['nova.rambler.ru']],
    ['coccoc', [], ['coccoc.com']],
    ['petal', [], ['petalsearch.com']],
    ['baidu', ['baidu_sem', 'baidusem', '百度'], ['baidu.com']],
    ['sogou', ['搜狗'], ['sogou.com']],
    ['360', ['360so', '360search', 'haosou'], ['so.com', 'haosou.com']],
    ['shenma', ['sm.cn', '神马'], ['sm.cn']],
    ['quark', ['夸克'], ['quark.cn', 'quark.sm.cn']],
    ['toutiao_search', [], ['so.toutiao.com']],
  ],
  social: [
    [
      'facebook',
      ['fb', 'meta', 'facebook_ads', 'fbads'],
      ['facebook.com', 'fb.com', 'fb.me', 'messenger.com', 'com.facebook.katana'],
    ],
    ['instagram', ['ig', 'instagram_ads'], ['instagram.com', 'com.instagram.android']],
    ['threads', [], ['threads.net', 'threads.com']],
    ['twitter', ['x', 'twitter_ads'], ['t.co', 'twitter.com', 'x.com', 'com.twitter.android']],
    ['linkedin', ['linkedin_ads'], ['linkedin.com', 'lnkd.in', 'com.linkedin.android']],
    ['pinterest', [], ['pinterest.com', 'pin.it', 'com.pinterest']],
    ['tiktok', ['tiktok_ads', 'tiktokads'], ['tiktok.com', 'com.zhiliaoapp.musically']],
    ['reddit', [], ['reddit.com', 'redd.it', 'com.reddit.frontpage']],
    ['snapchat', ['snap'], ['snapchat.com', 'com.snapchat.android']],
    ['whatsapp', ['wa'], ['whatsapp.com', 'wa.me', 'com.whatsapp']],
    ['telegram', ['tg'], ['telegram.org', 'telegram.me', 't.me', 'org.telegram.messenger']],
    ['discord', [], ['discord.com', 'discordapp.com']],
    ['tumblr', [], ['tumblr.com']],
    ['quora', [], ['quora.com']],
    ['vk', ['vkontakte'], ['vk.com', 'away.vk.com', 'vk.ru']],
    ['ok.ru', ['odnoklassniki'], ['ok.ru']],
    ['line', [], ['line.me']],
    ['kakao', ['kakaotalk'], ['kakao.com', 'kakaocorp.com']],
    ['mastodon', [], ['mastodon.social', 'mastodon.online']],
    ['bluesky', ['bsky'], ['bsky.app', 'go.bsky.app']],
    ['medium', [], ['medium.com']],
    ['hackernews', [], ['news.ycombinator.com']],
    ['douyin', ['dy', 'oceanengine', '抖音'], ['douyin.com', 'iesdouyin.com']],
    [
      'wechat',
      ['weixin', 'wx', 'wechat_ads', 'wechat_moments', '微信'],
      ['weixin.qq.com', 'wechat.com', 'servicewechat.com', 'com.tencent.mm'],
    ],
    ['qq', ['qzone'], ['qzone.qq.com', 'im.qq.com', 'com.tencent.mobileqq']],
    ['weibo', ['sina_weibo', '微博'], ['weibo.com', 'weibo.cn', 't.cn', 'com.sina.weibo']],
    [
      'xiaohongshu',
      ['xhs', 'rednote', 'redbook', 'little_red_book', '小红书'],
      ['xiaohongshu.com', 'xhslink.com', 'rednote.com', 'com.xingin.xhs'],
    ],
    ['kuaishou', ['ks', '快手'], ['kuaishou.com', 'gifshow.com', 'chenzhongtech.com']],
    ['zhihu', ['知乎'], ['zhihu.com', 'com.zhihu.android']],
    ['toutiao', ['jinritoutiao', '今日头条'], ['toutiao.com', 'toutiaocdn.com', 'snssdk.com']],
    ['douban', ['豆瓣'], ['douban.com']],
    ['tieba', ['baidu_tieba'], ['tieba.baidu.com']],
  ],
  shopping: [
    ['google shopping', ['google_shopping', 'googleshopping'], ['shopping.google.com']],
    ['amazon', [], []],
    ['ebay', [], ['ebay.us']],
    ['etsy', [], ['etsy.com', 'etsy.me']],
    ['walmart', [], ['walmart.com', 'walmart.ca']],
    ['target.com', [], ['target.com']],
    ['alibaba', [], ['alibaba.com', '1688.com']],
    ['aliexpress', [], ['aliexpress.com', 'aliexpress.ru', 'aliexpress.us']],
    ['mercadolibre', ['mercadolivre'], ['mercadolivre.com.br']],
    ['shopee', [], []],
    ['lazada', [], []],
    ['rakuten', [], ['rakuten.co.jp', 'rakuten.com']],
    ['allegro', [], ['allegro.pl']],
    ['zalando', [], []],
    ['idealo', [], []],
    ['temu', [], ['temu.com']],
    ['shein', [], []],
    ['shopify', [], ['shopify.com']],
    ['shopzilla', [], ['shopzilla.com']],
    ['taobao', ['tb', '淘宝'], ['taobao.com', 'm.tb.cn', 'com.taobao.taobao']],
    ['tmall', ['天猫'], ['tmall.com', 'tmall.hk']],
    ['jd', ['jingdong', '京东'], ['jd.com', 'jd.hk', '3.cn', 'com.jingdong.app.mall']],
    ['pinduoduo', ['pdd', '拼多多'], ['pinduoduo.com', 'yangkeduo.com', 'com.xunmeng.pinduoduo']],
    ['smzdm', [], ['smzdm.com']],
    ['vip.com', ['vipshop', '唯品会'], ['vip.com']],
  ],
  video: [
    ['youtube', ['yt', 'youtube_ads'], ['youtube.com', 'youtu.be', 'com.google.android.youtube']],
    ['vimeo', [], ['vimeo.com']],
    ['twitch', [], ['twitch.tv']],
    ['dailymotion', [], ['dailymotion.com']],
    ['netflix', [], ['netflix.com']],
    ['disneyplus', [], ['disneyplus.com']],
    ['hulu', [], ['hulu.com']],
    ['niconico', [], ['nicovideo.jp']],
    ['bilibili', ['b站', '哔哩哔哩'], ['bilibili.com', 'b23.tv', 'tv.danmaku.bili']],
    ['iqiyi', [], ['iqiyi.com']],
    ['youku', [], ['youku.com']],
    ['tencent_video', [], ['v.qq.com']],
  ],
  ai: [
    [
      'chatgpt',
      ['openai', 'chatgpt.com'],
      ['chatgpt.com', 'chat.openai.com', 'openai.com', 'com.openai.chatgpt'],
    ],
    ['gemini', ['bard'], ['gemini.google.com', 'bard.google.com']],
    ['claude', ['anthropic'], ['claude.ai', 'claude.com']],
    ['copilot', [], ['copilot.microsoft.com', 'copilot.com', 'copilot.cloud.microsoft']],
    ['perplexity', [], ['perplexity.ai', 'ai.perplexity.app.android']],
    ['grok', [], ['grok.com', 'x.ai']],
    ['mistral', ['lechat'], ['chat.mistral.ai']],
    ['meta_ai', [], ['meta.ai']],
    ['poe', [], ['poe.com']],
    ['you.com', [], ['you.com']],
    ['deepseek', [], ['chat.deepseek.com', 'deepseek.com']],
    ['doubao', ['豆包'], ['doubao.com']],
    ['kimi', ['moonshot'], ['kimi.com', 'kimi.moonshot.cn', 'kimi.ai']],
    ['qwen', ['tongyi', '通义'], ['chat.qwen.ai', 'tongyi.aliyun.com', 'tongyi.com', 'qianwen.com']],
    ['ernie', ['yiyan', '文心一言'], ['yiyan.baidu.com', 'chat.baidu.com']],
    ['yuanbao', ['元宝'], ['yuanbao.tencent.com']],
  ],
};

/** Brands that stand under many country domains, with the subdomains that are meant (all, where none is named). */
const BRANDS: ReadonlyMap<string, ReadonlySet<string> | null> = new Map<string, ReadonlySet<string> | null>([
  ['google', new Set(['', 'www', 'm', 'images', 'news', 'lens', 'encrypted', 'cse', 'scholar'])],
  [
    'yahoo',
    new Set(['', 'www', 'm', 'search', 'r.search', 'images.search', 'news.search', 'shopping.search']),
  ],
  ['yandex', new Set(['', 'www', 'm', 'images', 'news'])],
  ['pinterest', null],
  ['amazon', null],
  ['ebay', null],
  ['mercadolibre', null],
  ['shopee', null],
  ['lazada', null],
  ['zalando', null],
  ['idealo', null],
  ['shein', null],
]);

/**
 * Hosts that visitors pass through in the middle of a visit and come back from: payment pages, 3-D Secure pages of card
 * issuers, sign-in pages. Having been there is no origin of the visit.
 */
const PASSED_THROUGH = new Set([
  ...[
    'paypal.com',
    'paypalobjects.com',
    'stripe.com',
    'stripe.network',
    'shop.app',
    'checkout.shopify.com',
    'pay.google.com',
    'pay.amazon.com',
  ],
  ...[
    'payments.amazon.com',
    'payments.amazon.de',
    'klarna.com',
    'klarnapayments.com',
    'klarna.net',
    'sofort.com',
  ],
  ...[
    'afterpay.com',
    'clearpay.co.uk',
    'affirm.com',
    'sezzle.com',
    'braintreegateway.com',
    'braintree-api.com',
  ],
  ...[
    'adyen.com',
    'mollie.com',
    'worldpay.com',
    'checkout.com',
    'squareup.com',
    'authorize.net',
    'payu.com',
    'payu.in',
  ],
  ...[
    'razorpay.com',
    'paytm.com',
    'paytm.in',
    'phonepe.com',
    'mercadopago.com',
    'mercadopago.com.br',
    'mercadopago.com.ar',
  ],
  ...[
    'przelewy24.pl',
    'tpay.com',
    'payone.com',
    'saferpay.com',
    'datatrans.com',
    'datatrans.biz',
    'twint.ch',
  ],
  ...[
    'giropay.de',
    'ideal.nl',
    'ideal.ing.nl',
    'bancontact.com',
    'payconiq.com',
    'vipps.no',
    'mobilepay.dk',
    'swish.nu',
  ],
  ...[
    'trustly.com',
    'gocardless.com',
    'paysafecard.com',
    'skrill.com',
    'yoomoney.ru',
    'sips-services.com',
    'redsys.es',
  ],
  ...[
    'alipay.com',
    'alipay.hk',
    'alipayplus.com',
    'alipayobjects.com',
    'tenpay.com',
    'pay.weixin.qq.com',
    'payapp.weixin.qq.com',
  ],
  ...[
    'unionpay.com',
    'unionpaysecure.com',
    '95516.com',
    'chinapay.com',
    '99bill.com',
    'yeepay.com',
    'lianlianpay.com',
    'airwallex.com',
  ],
  ...['pay.jd.com', 'jdpay.com', 'com.eg.android.alipaygphone'],
  ...[
    'cardinalcommerce.com',
    'arcot.com',
    'rsa3dsauth.com',
    'securesuite.net',
    'securesuite.co.uk',
    'wlp-acs.com',
    '3dsecure.io',
  ],
  ...['netcetera-payment.ch', 'modirum.com', 'gpayments.com', 'entersekt.com'],
  ...[
    'accounts.google.com',
    'appleid.apple.com',
    'login.live.com',
    'login.microsoftonline.com',
    'login.yahoo.com',
  ],
  ...[
    'open.weixin.qq.com',
    'graph.qq.com',
    'xui.ptlogin2.qq.com',
    'access.line.me',
    'kauth.kakao.com',
    'nid.naver.com',
  ],
]);

/** The subdomain of a card issuer's own 3-D Secure page: acs.bank.com, 3ds-acs.bank.com, 3dsecure2.bank.com. */
const THREE_D_SECURE = /(?:^|\.)(?:3-?ds|3-?d-?secure|acs\d*(?:[.-]|$)|[a-z0-9-]*-acs\d*(?:\.|$))/;

interface Known {
  readonly name: string;
  readonly category: SourceCategory;
}

const BY_NAME = new Map<string, Known>();
const BY_HOST = new Map<string, Known>();
for (const category of ['search', 'social', 'shopping', 'video', 'ai'] as const) {
  for (const [name, names, hosts] of PLATFORMS[category]) {
    const known: Known = { name, category };
    BY_NAME.set(name, known);
    for (const other of names) BY_NAME.set(other, known);
    for (const host of hosts) BY_HOST.set(host, known);
  }
}

/** Bounded because hosts and sources come from outside. */
const REMEMBERED_MAX = 10_000;

/** The answer of the longest suffix of whole labels that has one. */
function bySuffix<T>(host: string, ask: (suffix: string) => T | undefined): T | undefined {
  for (let from = 0; ; ) {
    const answer = ask(host.slice(from));
    if (answer !== undefined) return answer;
    const dot = host.indexOf('.', from);
    if (dot < 0) return undefined;
    from = dot + 1;
  }
}

function platformOfHost(host: string): Known | undefined {
  const listed = bySuffix(host, suffix => BY_HOST.get(suffix));
  if (listed !== undefined) return listed;
  const { domainWithoutSuffix, subdomain, isIcann } = parse(host);
  if (domainWithoutSuffix === null || !isIcann) return undefined;
  const subdomains = BRANDS.get(domainWithoutSuffix);
  if (subdomains === undefined || (subdomains !== null && !subdomains.has(subdomain ?? ''))) return undefined;
  return BY_NAME.get(domainWithoutSuffix);
}

const categoryOf = memo<SourceCategory | ''>(REMEMBERED_MAX, source => {
  const known = BY_NAME.get(source) ?? (source.includes('.') ? platformOfHost(source) : undefined);
  return known?.category ?? '';
});

/** What kind of place a source (a utm_source in lower case, or a host) is; '' where no list has it. */
export function sourceCategoryOf(source: string): SourceCategory | '' {
  return categoryOf(source);
}

/** Source and medium that a referrer's host gives; both '' where it gives none. */
export interface Referrer {
  readonly source: string;
  readonly medium: '' | 'organic' | 'referral' | 'ai-assistant';
}

const NO_REFERRER: Referrer = { source: '', medium: '' };

const referrerOf = memo<Referrer>(REMEMBERED_MAX, host => {
  const passedThrough =
    bySuffix(host, suffix => PASSED_THROUGH.has(suffix) || undefined) ??
    THREE_D_SECURE.test(parse(host).subdomain ?? '');
  if (passedThrough) return NO_REFERRER;
  const known = platformOfHost(host);
  if (known === undefined)
    return { source: host.startsWith('www.') ? host.slice(4) : host, medium: 'referral' };
  const medium =
    known.category === 'search' ? 'organic' : known.category === 'ai' ? 'ai-assistant' : 'referral';
  return { source: known.name, medium };
});

/**
 * A referrer by its host (lower case, no port): search engines organic, AI assistants ai-assistant, anyone else referral,
 * all by GA4's mediums; platforms by their name (`l.facebook.com` is facebook), others by their host; payment and sign-in
 * pages none. That the host is not the shop's own is for the caller to know.
 */
export function referrerOfHost(host: string): Referrer {
  return host === '' ? NO_REFERRER : referrerOf(host);
}

/** By the public suffix list, private part included: two shops on myshopify.com are two. */
const domainOf = memo<string>(
  REMEMBERED_MAX,
  host => parse(host, { allowPrivateDomains: true }).domain ?? host,
);

/** Do two hosts (lower case, no port) belong to one registrable domain? Without one (localhost, IPs): are they equal? */
export function sameSite(host: string, other: string): boolean {
  return host === other || domainOf(host) === domainOf(other);
}

const PAID = /^(.*cp.*|ppc|retargeting|paid.*)$/;
const DISPLAY = /^(display|banner|expandable|interstitial|cpm)$/;
const SHOPPING_CAMPAIGN = /^(.*(([^a-df-z]|^)shop|shopping).*)$/;
const SOCIAL_MEDIUM = /^(social|social-network|social-media|sm|social network|social media)$/;
const EMAIL = /^(email|e-mail|e_mail|e mail)$/;

/** The default channel group; 'Direct' where nothing is known. The first rule that holds, by GA4's definitions. */
export function channelOf(origin: Origin): Channel {
  const { source, medium, campaign } = origin;
  if (source.includes('\n') || medium.includes('\n')) return firstRule(source, medium, campaign);
  return channelOfLines(`${source}\n${medium}\n${campaign}`);
}

const channelOfLines = memo<Channel>(REMEMBERED_MAX, lines => {
  const [source = '', medium = '', ...campaign] = lines.split('\n');
  return firstRule(source, medium, campaign.join('\n'));
});

function firstRule(anySource: string, anyMedium: string, anyCampaign: string): Channel {
  const source = anySource.toLowerCase();
  const medium = anyMedium.toLowerCase();
  const campaign = anyCampaign.toLowerCase();
  if (
    (source === '' || source === '(direct)') &&
    (medium === '' || medium === '(none)' || medium === '(not set)') &&
    (campaign === '' || campaign === '(direct)' || campaign === '(not set)')
  ) {
    return 'Direct';
  }
  if (campaign.includes('cross-network')) return 'Cross-network';
  const category = source === '' ? '' : categoryOf(source);
  const shopping = category === 'shopping' || SHOPPING_CAMPAIGN.test(campaign);
  if (PAID.test(medium)) {
    if (shopping) return 'Paid Shopping';
    if (category === 'search') return 'Paid Search';
    if (category === 'social') return 'Paid Social';
    if (category === 'video') return 'Paid Video';
    return medium === 'cpm' ? 'Display' : 'Paid Other';
  }
  if (DISPLAY.test(medium)) return 'Display';
  // The source counts as well as GA4's medium: assistants tag their links with utm_source alone.
  if (medium === 'ai-assistant' || category === 'ai') return 'AI Assistant';
  if (shopping) return 'Organic Shopping';
  if (category === 'social' || SOCIAL_MEDIUM.test(medium)) return 'Organic Social';
  if (category === 'video' || medium.includes('video')) return 'Organic Video';
  if (category === 'search' || medium === 'organic') return 'Organic Search';
  if (medium === 'referral' || medium === 'app' || medium === 'link') return 'Referral';
  if (EMAIL.test(source) || EMAIL.test(medium)) return 'Email';
  if (medium === 'affiliate') return 'Affiliates';
  if (medium === 'audio') return 'Audio';
  if (source === 'sms' || medium === 'sms') return 'SMS';
  if (
    medium.endsWith('push') ||
    medium.includes('mobile') ||
    medium.includes('notification') ||
    source === 'firebase'
  ) {
    return 'Mobile Push Notifications';
  }
  return 'Unassigned';
}
