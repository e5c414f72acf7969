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

/** What brings visits, and by which campaigns. */
export const sources = {
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
} as const;
