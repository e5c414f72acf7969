import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEVICES, deviceOf } from '../../pipeline/fold/device.ts';
import { memo } from '../../pipeline/fold/memo.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';
const IPAD =
  'Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1';
const WECHAT =
  'Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50';
const TV =
  'Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

test.each([
  ['Chrome on Windows', CHROME, { device: 'desktop', browser: 'Chrome', os: 'Windows' }],
  ['an iPhone', IPHONE, { device: 'mobile', browser: 'Safari', os: 'iOS' }],
  ['an iPad', IPAD, { device: 'tablet', browser: 'Safari', os: 'iOS' }],
  ['WeChat on Android', WECHAT, { device: 'mobile', browser: 'WeChat', os: 'Android' }],
  ['a television', TV, { device: 'tv', os: 'Tizen' }],
  ['a crawler', GOOGLEBOT, { device: 'bot' }],
  ['a headless browser', CHROME.replace('Chrome/', 'HeadlessChrome/'), { device: 'bot', os: 'Windows' }],
  ['nothing', '', { device: '', browser: '', os: '' }],
  ['blanks', '   ', { device: '', browser: '', os: '' }],
])('%s', (_, userAgent, device) => {
  expect(deviceOf(userAgent)).toMatchObject(device);
});

test('any text has a device of the closed list, the same each time, at no great cost', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('Mozilla/5.0 (', 'Android ', ')', ';', 'Mobile'),
  );
  const userAgent = fc.array(part, { maxLength: 60 }).map(parts => parts.join(''));
  fc.assert(
    fc.property(userAgent, text => {
      const device = deviceOf(text);
      expect(DEVICES).toContain(device.device);
      expect(deviceOf(text)).toEqual(device);
    }),
  );
});

test('memo asks once while an answer is in use, forgets what is not, and never grows past two generations', () => {
  const asked: string[] = [];
  const length = memo(3, (text: string) => {
    asked.push(text);
    return text.length;
  });
  const ask = (...texts: string[]): number[] => texts.map(text => length(text));
  ask('a', 'bb', 'ccc', 'a');
  expect(asked).toEqual(['a', 'bb', 'ccc']);
  ask('dddd', 'a', 'e5555');
  expect(asked).toEqual(['a', 'bb', 'ccc', 'dddd', 'e5555']);
  ask('f', 'g', 'h', 'a');
  expect(asked.filter(text => text === 'a')).toHaveLength(1);
  ask('bb');
  expect(asked.filter(text => text === 'bb')).toHaveLength(2);
  expect(ask('bb', 'e5555')).toEqual([2, 5]);
});
