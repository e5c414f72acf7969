import Bowser from 'bowser';
import { botReasonOfUserAgent } from './bots.ts';
import { memo } from './memo.ts';

/** The closed list of an event's `device`; '' is unknown. */
export const DEVICES = ['', 'desktop', 'mobile', 'tablet', 'tv', 'bot'] as const;
export type DeviceKind = (typeof DEVICES)[number];

/** What a user agent says of its machine; '' where it says nothing. */
export interface Device {
  readonly device: DeviceKind;
  readonly browser: string;
  readonly os: string;
}

const KNOWN_MAX = 10_000;
/** Real ones are under 500; what lies beyond says nothing more and would only cost time. */
const READ_CHARS_MAX = 512;
const NOTHING: Device = { device: '', browser: '', os: '' };

const parsed = memo<Device>(KNOWN_MAX, userAgent => {
  const said = userAgent.slice(0, READ_CHARS_MAX);
  if (said.trim() === '') return NOTHING;
  const { platform, browser, os } = Bowser.parse(said);
  return {
    device: botReasonOfUserAgent(userAgent) === '' ? kindOf(platform.type) : 'bot',
    browser: browser.name ?? '',
    os: os.name ?? '',
  };
});

/** Device kind, browser and operating system by bowser, 'bot' where isbot says so. Pure; answers are remembered. */
export function deviceOf(userAgent: string): Device {
  return userAgent === '' ? NOTHING : parsed(userAgent);
}

/** isbot alone decides who is a bot, so that a device and its session's bot reasons never disagree. */
function kindOf(type: string | undefined): DeviceKind {
  return type === 'desktop' || type === 'mobile' || type === 'tablet' || type === 'tv' ? type : '';
}
