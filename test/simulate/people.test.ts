import { expect, test } from 'vitest';
import { channelOf } from '../../pipeline/fold/channel.ts';
import { deviceOf } from '../../pipeline/fold/device.ts';
import { DAY_MS, WEEK_MS } from '../../pipeline/simulate/calendar.ts';
import { billOf } from '../../pipeline/simulate/goods.ts';
import { type Life, VISIT_APART_MS } from '../../pipeline/simulate/life.ts';
import { isInvited } from '../../pipeline/simulate/people.ts';
import { SHOP } from '../../pipeline/simulate/shop.ts';
import { createShop } from '../../pipeline/simulate/simulate.ts';

const shop = createShop({ seed: 'people', visitors: 30_000, start: Date.UTC(2026, 5, 1), days: 120 });
const lives: Life[] = [...shop.lives(shop.calendar.end)];
const customers = lives.filter(life => life.orders.length > 0);

/** Mean of a share, with 4 standard errors of room: one test in 16,000 fails by chance, and seeds are fixed. */
function near(found: number, of: number, expected: number): void {
  const room = 4 * Math.sqrt((expected * (1 - expected)) / of);
  expect(Math.abs(found / of - expected), `${found} of ${of}, expected ${expected}`).toBeLessThan(room);
}

test('as many people as asked for, by days, and those whom they invite', () => {
  const invited = lives.filter(life => isInvited(life.person.index));
  expect(lives.length - invited.length).toBe(30_000);
  expect(invited.length).toBeGreaterThan(10);
  for (const { person } of lives.slice(0, 5_000)) {
    if (isInvited(person.index)) continue;
    const day = shop.world.births.dayOf(person.index);
    expect(Math.floor((person.birth - shop.calendar.start) / DAY_MS)).toBe(day);
  }
});

test('visits are apart and in order, first at birth', () => {
  for (const { person, visits } of lives) {
    expect(visits[0]?.at).toBe(person.birth);
    for (let i = 1; i < visits.length; i++) {
      expect((visits[i]?.at ?? 0) - (visits[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(VISIT_APART_MS);
    }
  }
});

test('BG/NBD: rates and chances to stop have their means, and so has staying after the first order', () => {
  const { r, alpha, a, b } = SHOP.bgNbd;
  const rates = customers.map(life => life.rate);
  const mean = (of: readonly number[]) => of.reduce((sum, one) => sum + one, 0) / of.length;
  const rateError = Math.sqrt(r) / alpha / Math.sqrt(rates.length);
  expect(Math.abs(mean(rates) - r / alpha)).toBeLessThan(4 * rateError);
  const stops = customers.map(life => life.stopping);
  const spread = Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1)));
  expect(Math.abs(mean(stops) - a / (a + b))).toBeLessThan((4 * spread) / Math.sqrt(stops.length));
  // Expected orders after the first in t weeks, by integrating over both (Fader, Hardie, Lee 2005, equation 9), here by
  // what each life was given: E[X(t)] = (1 − e^(−λpt)) / p.
  const weeks = 20;
  const early = customers.filter(
    life => (life.orders.find(order => !order.prompted)?.at ?? 0) < shop.calendar.end,
  );
  let expected = 0;
  let found = 0;
  for (const { rate, stopping, orders } of early) {
    const first = Math.min(...orders.map(order => order.at));
    expected += (1 - Math.exp(-rate * stopping * weeks)) / stopping;
    found += orders.filter(
      order => !order.prompted && order.at > first && order.at <= first + weeks * WEEK_MS,
    ).length;
  }
  // Counts are more spread than Poisson's: five of its deviations.
  expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
  expect(found).toBeGreaterThan(300);
});

test('gamma-gamma: the mean value of orders, which baskets come near to', () => {
  const { p, q, gamma } = SHOP.gammaGamma;
  const wished = customers.map(({ orders }) => orders[0]?.euros ?? 0);
  const mean = wished.reduce((sum, euros) => sum + euros, 0) / wished.length;
  const expected = (p * gamma) / (q - 1);
  const variance = expected ** 2 * (1 / (q - 2) + (1 / p) * (1 + 1 / (q - 2)));
  expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(variance / wished.length));
  let off = 0;
  let sum = 0;
  for (const life of customers) {
    const order = life.orders[0];
    if (order === undefined) continue;
    const bill = billOf(life, order);
    const euros =
      bill.value /
      (life.person.country.rate * (bill.currency === 'JPY' ? 1 : bill.currency === 'KWD' ? 1000 : 100));
    off += euros - order.euros;
    sum += order.euros;
    expect(bill.items.length).toBeGreaterThan(0);
  }
  expect(Math.abs(off / sum)).toBeLessThan(0.005);
});

test('a late delivery and a complaint do to an order what they should', () => {
  const orders = customers.flatMap(({ orders }) => orders);
  const late = orders.filter(order => order.late);
  const onTime = orders.filter(order => !order.late);
  near(late.filter(order => order.complaint).length, late.length, SHOP.after.complaintLate);
  near(onTime.filter(order => order.complaint).length, onTime.length, SHOP.after.complaintOnTime);
  for (const order of orders) expect(order.deliverAt).toBeGreaterThan(order.shipAt);
});

test('held-out people are held out by their share, and nothing is sent to them', () => {
  const arms = lives.flatMap(({ arms, errands }) =>
    arms.map(({ campaign, arm }) => ({
      campaign,
      arm,
      sent: errands.some(errand => errand.what === 'message_sent' && errand.campaign === campaign),
    })),
  );
  for (const [campaign, heldOut] of [
    ['welcome_series', SHOP.messages.welcome.heldOut],
    ['winback_autumn', SHOP.messages.winback.heldOut],
  ] as const) {
    const of = arms.filter(arm => arm.campaign === campaign);
    expect(of.length).toBeGreaterThan(100);
    near(of.filter(arm => arm.arm === 'held_out').length, of.length, heldOut);
    for (const { arm, sent } of of) expect(sent).toBe(arm === 'treated');
  }
});

test('sources have the channels that their source, medium and campaign give', () => {
  for (const facts of SHOP.sources) {
    const { source, medium, channel, channelWithoutAds } = facts;
    for (const { campaign } of facts.campaigns.length === 0 ? [{ campaign: '' }] : facts.campaigns) {
      expect(channelOf({ source, medium, campaign }), facts.id).toBe(channel);
      expect(channelOf({ source, medium, campaign: '' }), facts.id).toBe(channelWithoutAds);
    }
  }
});

test('user agents are read as the devices that they are, and none is a bot', () => {
  const seen = new Map(
    lives.flatMap(({ person }) => person.devices).map(device => [device.userAgent, device]),
  );
  expect(seen.size).toBeGreaterThan(15);
  for (const [agent, { name, platform }] of seen) {
    const read = deviceOf(agent).device;
    if (platform === 'ios' || platform === 'android') expect(read, agent).not.toBe('bot');
    else expect(read, agent).toBe(name);
  }
  for (const { userAgent, reason } of SHOP.bots.kinds) {
    if (reason !== 'impossible_rate') expect(deviceOf(userAgent).device).toBe('bot');
  }
});

test('a complaint makes it likelier that a repeat order was the last, by the factor that is told, and the mean stays', () => {
  const sums = { complained: [0, 0, 0], all: [0, 0, 0] } as Record<string, [number, number, number]>;
  const add = (to: [number, number, number] | undefined, stopped: boolean, chance: number): void => {
    if (to === undefined) return;
    to[0] += stopped ? 1 : 0;
    to[1] += chance;
    to[2] += chance * (1 - chance);
  };
  for (const { orders, stopping, stoppedAfter } of customers) {
    for (const { number, prompted, complaint } of orders) {
      if (number === 0 || prompted) continue;
      add(sums.all, number === stoppedAfter, stopping);
      if (complaint)
        add(sums.complained, number === stoppedAfter, Math.min(1, stopping * SHOP.after.complaintChurn));
    }
  }
  for (const [name, [stopped, expected, variance]] of Object.entries(sums)) {
    expect(expected, name).toBeGreaterThan(20);
    expect(Math.abs(stopped - expected), `${name}: ${stopped} stopped, expected ${expected}`).toBeLessThan(
      4 * Math.sqrt(variance),
    );
  }
});

test('slow pages cost first orders by the factor a second that is told', () => {
  // Of visits alike but for their speed, those with an order are as fast as chances that fall with the seconds make them.
  const alike = new Map<string, { seconds: number; ordered: boolean }[]>();
  for (const { person, visits } of lives) {
    const first = visits[0];
    if (first === undefined) continue;
    const key = `${person.country.code} ${person.devices[first.device]?.name}`;
    const one = { seconds: first.lcpMs / 1000, ordered: first.order >= 0 || first.refused };
    alike.set(key, [...(alike.get(key) ?? []), one]);
  }
  const off = (factor: number): { by: number; error: number } => {
    let by = 0;
    let variance = 0;
    for (const group of alike.values()) {
      const weight = group.reduce((sum, { seconds }) => sum + factor ** seconds, 0);
      const mean = group.reduce((sum, { seconds }) => sum + (seconds * factor ** seconds) / weight, 0);
      const spread = group.reduce(
        (sum, { seconds }) => sum + ((seconds - mean) ** 2 * factor ** seconds) / weight,
        0,
      );
      for (const { seconds, ordered } of group) {
        if (!ordered) continue;
        by += seconds - mean;
        variance += spread;
      }
    }
    return { by, error: Math.sqrt(variance) };
  };
  const told = off(SHOP.conversion.lcpSecond);
  expect(Math.abs(told.by)).toBeLessThan(4 * told.error);
  // And a shop whose speed did not matter would be told from it.
  const none = off(1);
  expect(none.by).toBeLessThan(-2 * none.error);
});
