/** GA4's default channel groups. */
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

/** Where a visit came from, lower case and trimmed (campaign in any case); '' where unknown. */
export interface Origin {
  readonly source: string;
  readonly medium: string;
  readonly campaign: string;
}

/** The default channel group; 'Direct' where nothing is known. */
export function channelOf(origin: Origin): Channel {
  return origin.source === '' && origin.medium === '' && origin.campaign === '' ? 'Direct' : 'Unassigned';
}
