import type { Event, Item } from '../contract/event.ts';
import { blankEvent, eventLike } from './blank.ts';
import { categories, type Product, products } from './catalogue.ts';
import { type Bill, billOf, categoryFor, itemOf, listItem, localMoney, productFor } from './goods.ts';
import {
  DEPTH,
  type Life,
  messageId,
  type Order,
  shareId,
  VISIT_MAX_MS,
  type Visit,
  variationOf,
  visitKey,
} from './life.ts';
import type { SourceFacts } from './parameters/sources.ts';
import { invitationOf, inviterOf, isInvited } from './people.ts';
import { exponential, logNormal, type Picker, PURPOSE, picker, share, stream, whole } from './random.ts';
import { SHOP } from './shop.ts';

const payments = { west: picker(SHOP.payment.shares), china: picker(SHOP.payment.chinaShares) };
const TERMS: readonly (readonly [term: string, category: number])[] = [
  ['trekking boots', 0],
  ['rain jacket', 1],
  ['daypack 30l', 2],
  ['2 person tent', 3],
  ['gas stove', 4],
  ['kids carrier', 5],
  ['merino socks', 6],
  ['head torch', 7],
  ['fernweh jacket', 1],
  ['winter boots', 0],
];
const EMPTY_TERMS = ['canoe paddle', 'ice axe', 'drone', 'ski goggles', 'fishing rod', 'tentt'];
const term: Picker = picker(TERMS.map((_, rank) => 1 / (rank + 1)));
const ERRORS = ['TypeError: undefined is not a function', 'ChunkLoadError', 'Network request failed'];

/** What all events of a person on one device have. */
export function eventOn(life: Life, device: number): Event {
  const { person } = life;
  const on = person.devices[device];
  const app = on?.platform === 'ios' || on?.platform === 'android';
  const event = blankEvent();
  event.visitor_id = on?.visitor ?? '';
  event.site = life.world.site.site;
  event.platform = on?.platform ?? 'web';
  event.country = person.country.code;
  event.region = person.region;
  event.city = person.city;
  event.language = person.country.language;
  event.timezone = person.zone;
  event.user_agent = on?.userAgent ?? '';
  // Apps' user agents do not say what they run on.
  event.device = app ? 'mobile' : '';
  event.browser = app ? 'Fernweh app' : '';
  event.os = on?.os ?? '';
  event.consent_analytics = person.consentAnalytics;
  event.consent_ads = person.consentAds;
  return event;
}

/** The events of a visit in the order of their times; at least one. A pure function of seed, person and visit. */
export function eventsOf(life: Life, visit: Visit): Event[] {
  const { browsing } = SHOP;
  const { person, world } = life;
  const { name: shopName, host } = world.site;
  const home = `https://${host}`;
  const { country, persona } = person;
  const { currency, rate } = country;
  const random = stream(world.seed, PURPOSE.visit, person.index, visit.index);
  const key = visitKey(person, visit);
  const base = eventOn(life, visit.device);
  const connection = { connection: person.devices[visit.device]?.connection ?? '' };
  const china = country.sources === 'china';
  const events: Event[] = [];
  const latest = visit.at + VISIT_MAX_MS - 60_000;
  const seconds = visit.lcpMs / 1000;
  let user: string | null = visit.signIn === 'in' ? life.account : null;
  let now = visit.at;
  let page = '';
  let title = '';
  let before = '';
  let engaged = 0;
  let paged = 0;

  const saleDiscount = world.calendar.saleAt(visit.at);
  // Methods, not functions with names of their own: the loader would set each name anew at every visit, a tenth of all its time.
  const {
    emit,
    wait,
    open,
    timing,
    expose,
    list,
    chosen,
    select,
    categoryPage,
    search,
    productPage,
    toCart,
    money,
    pay,
    signUp,
    checkout,
    buy,
    said,
  } = {
    emit(name: string): Event {
      const event = eventLike(base);
      event.event_id = `${key}.${events.length.toString(36)}`;
      event.event_name = name;
      event.event_time = now;
      event.user_id = user;
      event.page_location = page;
      event.page_title = title;
      event.page_referrer = before;
      event.engagement_time_ms = engaged;
      engaged = 0;
      events.push(event);
      return event;
    },
    /** Time passes; people read for some of it. */
    wait(medianMs: number): void {
      const spent = Math.min(
        8 * 60_000,
        Math.max(300, Math.round(logNormal(random, medianMs, browsing.sigma))),
      );
      const until = Math.min(latest, now + spent);
      engaged += Math.round((until - now) * browsing.engaged);
      now = Math.max(now + 200, until);
    },
    open(path: string, name: string): Event {
      if (paged > 0) wait(browsing.pageMs);
      before = page;
      page = home + path;
      title = name === '' ? shopName : `${name} | ${shopName}`;
      const event = emit('page_view');
      event.params = connection;
      paged++;
      if (base.platform === 'web' && random() < SHOP.timing.measured) timing();
      if (random() < SHOP.errors.exception) {
        now += 150;
        emit('exception').params = { description: ERRORS[whole(random, 0, 2)] ?? '', fatal: 'false' };
      }
      return event;
    },
    timing(): void {
      const { laterPages, ttfb, inp, cls, load } = SHOP.timing;
      const [least, most] = laterPages;
      const lcp = paged === 1 ? visit.lcpMs : Math.round(visit.lcpMs * (least + (most - least) * random()));
      now += Math.min(lcp, 20_000);
      const event = emit('page_timing');
      event.params = connection;
      event.metrics = {
        ttfb_ms: Math.round(lcp * ttfb),
        lcp_ms: lcp,
        inp_ms: Math.round(
          logNormal(random, base.user_agent.includes('Mobile') ? inp.mobileMs : inp.otherMs, inp.sigma),
        ),
        cls: Math.round(logNormal(random, cls.median, cls.sigma) * 1000) / 1000,
        load_ms: Math.round(lcp * load),
      };
    },
    expose(at: 'view_item' | 'view_item_list'): void {
      if (!visit.prospect) return;
      for (const experiment of world.calendar.experiments) {
        if (experiment.at !== at || visit.at < experiment.since || visit.at >= experiment.ends) continue;
        const variation = variationOf(world, experiment.index, person.index);
        const loses = experiment.loses[variation] ?? 0;
        if (loses > 0 && share(world.seed, PURPOSE.assignment, person.index, 2000 + experiment.index) < loses)
          continue;
        if (events.some(event => event.experiment_id === experiment.id)) continue;
        const event = emit('experiment_viewed');
        event.experiment_id = experiment.id;
        event.variation_id = experiment.variations[variation] ?? '';
      }
    },
    list(id: string, name: string, shown: readonly Product[]): void {
      now += 120;
      const event = emit('view_item_list');
      event.items = shown.map((product, place) => listItem(product, rate, currency, id, name, place));
      event.currency = currency;
    },
    chosen(count: number, category: number): Product[] {
      const among = categories[category];
      const found: Product[] = [];
      for (let i = 0; i < count * 2 && found.length < count && among !== undefined; i++) {
        const product = among.products[among.pick(random)];
        if (product !== undefined && !found.includes(product)) found.push(product);
      }
      return found;
    },
    select(product: Product, id: string, name: string, place: number): void {
      wait(6_000);
      const event = emit('select_item');
      event.items = [listItem(product, rate, currency, id, name, place)];
      event.currency = currency;
    },
    categoryPage(category: number, wanted: Product | null): void {
      const facts = categories[category];
      if (facts === undefined) return;
      open(`/c/${facts.id}`, facts.name);
      expose('view_item_list');
      const shown = chosen(whole(random, ...browsing.itemsOfList), category);
      if (wanted !== null && !shown.includes(wanted)) shown.splice(whole(random, 0, shown.length), 0, wanted);
      const id = `category_${facts.id}`;
      list(id, facts.name, shown);
      if (wanted !== null) select(wanted, id, facts.name, shown.indexOf(wanted));
    },
    search(category: number, wanted: Product | null): void {
      const empty = wanted === null && random() < SHOP.search.empty * SHOP.search.emptyBefore;
      const [found, at] = empty
        ? [EMPTY_TERMS[whole(random, 0, EMPTY_TERMS.length - 1)] ?? '', category]
        : wanted === null
          ? (TERMS[term(random)] ?? ['tent', 3])
          : [TERMS.find(([, of]) => of === category)?.[0] ?? wanted.name.toLowerCase(), category];
      open(`/search?q=${encodeURIComponent(found)}`, 'Search');
      const event = emit('search');
      event.search_term = found;
      const shown = empty ? [] : chosen(whole(random, ...browsing.itemsOfSearch), at);
      if (wanted !== null && !shown.includes(wanted)) shown.unshift(wanted);
      event.metrics = { search_results: empty ? 0 : shown.length * whole(random, 1, 6) };
      if (shown.length === 0) return;
      expose('view_item_list');
      list('search_results', 'Search results', shown);
      if (wanted !== null) select(wanted, 'search_results', 'Search results', shown.indexOf(wanted));
    },
    productPage(product: Product, recommend: boolean): void {
      open(`/p/${product.id.toLowerCase()}`, product.name);
      expose('view_item');
      const event = emit('view_item');
      const item = itemOf(product, rate, currency, saleDiscount);
      if (random() < SHOP.outOfStock) item.in_stock = false;
      event.items = [item];
      event.currency = currency;
      event.value = item.price;
      if (random() < browsing.productClicks) {
        wait(5_000);
        emit('click').params = { element: random() < 0.5 ? 'gallery' : 'size_guide' };
      }
      if (random() < browsing.wishes) {
        const wish = emit('add_to_wishlist');
        wish.items = [item];
        wish.currency = currency;
        wish.value = item.price;
      }
      if (recommend && random() < browsing.recommendations) {
        const like = productFor(random, persona);
        list('rec_item', 'You may also like', [
          like,
          productFor(random, persona),
          productFor(random, persona),
        ]);
        if (random() < SHOP.lists.recommendationClick) {
          select(like, 'rec_item', 'You may also like', 0);
          productPage(like, false);
        }
      }
    },
    toCart(product: Product, quantity: number, discount: number, from: string): void {
      wait(9_000);
      const event = emit('add_to_cart');
      const item = itemOf(product, rate, currency, discount, quantity);
      item.item_list_id = from;
      event.items = [item];
      event.currency = currency;
      event.value = item.price * quantity;
    },
    money(name: string, items: Item[]): Event {
      wait(11_000);
      const event = emit(name);
      event.items = items;
      event.currency = currency;
      for (const item of items) event.value += item.price * item.quantity;
      return event;
    },
    pay(fails: boolean, type: string, items: Item[]): void {
      const attempt = money('payment_attempt', items);
      attempt.params = { payment_type: type };
      if (!fails) return;
      now += 2_500;
      const failed = emit('payment_failed');
      failed.params = {
        payment_type: type,
        error_code: visit.refused ? 'gateway_unreachable' : (SHOP.payment.errors[whole(random, 0, 3)] ?? ''),
      };
      failed.currency = currency;
      failed.value = attempt.value;
    },
    signUp(): void {
      if (user !== null) return;
      wait(12_000);
      emit('sign_up_start').params = { method: 'email' };
      wait(25_000);
      user = life.account;
      const event = emit('sign_up');
      event.params = { method: 'email' };
      if (visit.index === 0) event.group_id = codeOf(life, 'friend');
    },

    /** From the cart to where the visit ends. */
    checkout(order: Order | undefined, inCart: readonly Product[]): void {
      const bill = order === undefined ? undefined : billOf(life, order);
      const items = bill?.items ?? inCart.map(product => itemOf(product, rate, currency, saleDiscount));
      open('/cart', 'Cart');
      money('view_cart', items);
      if (bill === undefined && items.length > 1 && random() < browsing.removes) {
        const gone = items.pop();
        if (gone !== undefined) money('remove_from_cart', [gone]);
      }
      if (visit.depth < DEPTH.checkout) return;
      open('/checkout', 'Checkout');
      money('begin_checkout', items);
      if (visit.signIn === 'signs_up') signUp();
      if (visit.depth === DEPTH.checkout && random() < browsing.checkoutLeftAtOnce) return;
      const shipping = bill?.shipping ?? localMoney(SHOP.shipping.fee * 100, rate, currency);
      const shown = money('add_shipping_info', items);
      shown.shipping = shipping;
      shown.params = { shipping_tier: 'standard' };
      if (visit.depth === DEPTH.checkout) return;
      const type = china
        ? (SHOP.payment.chinaTypes[payments.china(random)] ?? '')
        : (SHOP.payment.types[payments.west(random)] ?? '');
      money('add_payment_info', items).params = { payment_type: type };
      if (order === undefined || bill === undefined) {
        pay(true, type, items);
        if (visit.refused && random() < SHOP.payment.triesAgain) pay(true, type, items);
        return;
      }
      if (random() < SHOP.payment.failsFirst) pay(true, type, items);
      pay(false, type, items);
      now += 1_800;
      if (order.opensGroup || (order.number === 0 && codeOf(life, 'group') !== '')) {
        const opens = order.opensGroup;
        const event = emit(opens ? 'open_group_buy' : 'join_group_buy');
        event.group_id = opens ? `G${person.id}` : codeOf(life, 'group');
        if (opens) event.metrics = { size: SHOP.invitations.groupSize };
      }
      open('/thank-you', 'Thank you');
      buy(order, bill, type);
      if (order.invites) {
        wait(20_000);
        emit('invite').group_id = `F${person.id}`;
      }
    },
    buy(order: Order, bill: Bill, type: string): void {
      const event = emit('purchase');
      event.store_id = order.store;
      event.transaction_id = bill.transaction;
      event.currency = currency;
      event.value = bill.value;
      event.tax = bill.tax;
      event.shipping = bill.shipping;
      event.discount = bill.discount;
      event.coupon = order.coupon;
      event.items = bill.items;
      event.params = { payment_type: type };
      if (user !== null && order.points > 0) {
        now += 300;
        const earned = emit('earn_points');
        earned.platform = 'server';
        earned.points = order.points;
        earned.transaction_id = bill.transaction;
        earned.params = { reason: 'order' };
      }
      if (user !== null && order.redeems > 0) {
        const redeemed = emit('redeem_points');
        redeemed.platform = 'server';
        redeemed.points = order.redeems;
        redeemed.transaction_id = bill.transaction;
        redeemed.params = { reason: 'order' };
      }
    },

    said(): void {
      const { voice } = visit;
      const order = voice === null ? undefined : life.orders[voice.order];
      if (voice === null || order === undefined) return;
      const bill = billOf(life, order);
      const caseId = `C-${bill.transaction}`;
      wait(30_000);
      if (voice.what === 'review') {
        const event = emit('review');
        event.score = voice.score;
        event.transaction_id = bill.transaction;
        event.items = bill.items.slice(0, 1);
        event.currency = currency;
      } else if (voice.what === 'survey') {
        const event = emit('survey_response');
        event.score = voice.score;
        event.transaction_id = bill.transaction;
        event.params = order.complaint ? { survey: voice.survey, case_id: caseId } : { survey: voice.survey };
      } else {
        const event = emit('complaint');
        event.transaction_id = bill.transaction;
        event.params = { reason: order.late ? 'late_delivery' : 'damaged', case_id: caseId };
        wait(20_000);
        const contact = emit('support_contact');
        contact.transaction_id = bill.transaction;
        contact.params = {
          case_id: caseId,
          stage: 'after_sale',
          channel: random() < SHOP.after.chats ? 'chat' : 'email',
        };
      }
    },
  };

  // The visit.
  const facts = SHOP.sources[visit.source] as SourceFacts;
  const order = life.orders[visit.order];
  const bill = order === undefined ? undefined : billOf(life, order);
  const wanted = bill?.lines.map(line => line.product) ?? [];
  const main = wanted[0] ?? (visit.depth >= DEPTH.product ? productFor(random, persona) : null);
  const category =
    main === null
      ? categoryFor(random, persona)
      : Math.floor(main.index / (products.length / categories.length));
  const lands = visit.message === '' && visit.voice === null ? facts.landing : 'category';
  if (order !== undefined && bill !== undefined && order.store !== '') {
    // At the till: only what is bought.
    buy(order, bill, 'card');
    return events;
  }

  if (visit.message !== '') {
    const message = { message_id: messageId(visit.message, person, visit.at), channel: 'email' };
    const said = (name: string) => {
      const event = emit(name);
      event.source = 'newsletter';
      event.medium = 'email';
      event.campaign = visit.message;
      event.params = message;
      // What the click brings is said by the page's URL.
      event.page_location = '';
    };
    said('message_opened');
    now += 3_000;
    said('message_clicked');
    now += 1_500;
    if (visit.coupon !== '') {
      const event = emit('coupon_claimed');
      event.coupon = visit.coupon;
      event.campaign = visit.message;
    }
  }
  const origin = originOf(facts, visit, key);
  if (visit.index === 0 && life.link !== '') origin.query += `&share_id=${life.link}`;
  const land = (path: string, name: string): void => {
    const event = open(path + origin.query, name);
    if (facts.telling === 'fields') {
      event.source = facts.source;
      event.medium = facts.medium;
    }
    event.page_referrer = origin.referrer;
    if (page !== home + path) page = home + path;
  };
  if (visit.voice !== null)
    land(visit.voice.what === 'survey' ? '/survey' : '/account/orders', 'Your orders');
  else if (lands === 'home') land('/', '');
  else if (lands === 'content') land('/stories/three-days-in-sarek', 'Three days in Sarek');
  else if (lands === 'product' && main !== null && visit.depth >= DEPTH.product)
    land(`/p/${main.id.toLowerCase()}`, main.name);
  else land(`/c/${categories[category]?.id ?? ''}`, categories[category]?.name ?? '');

  if (visit.signIn === 'signs_in') {
    wait(8_000);
    user = life.account;
    emit('login').params = { method: 'email' };
  }
  if (visit.voice !== null) {
    said();
    return events;
  }
  if (lands === 'content') {
    const event = emit('content_view');
    event.params = { content_id: 'three-days-in-sarek', kind: 'article', creator: 'trail_team' };
    event.metrics = {
      completion: Math.round(100 * Math.min(1, exponential(random) * browsing.completion)) / 100,
    };
  }
  if (lands === 'home' && random() < SHOP.lists.promotionView) {
    const event = emit('view_promotion');
    event.promotion_id = saleDiscount > 0 ? 'sale' : 'new_season';
    event.promotion_name = saleDiscount > 0 ? 'Sale' : 'New season';
    if (visit.depth > DEPTH.bounce && random() < SHOP.lists.promotionClick) {
      wait(5_000);
      const click = emit('select_promotion');
      click.promotion_id = event.promotion_id;
      click.promotion_name = event.promotion_name;
    }
  }
  if (visit.depth === DEPTH.bounce) {
    if (random() < browsing.bounceClicks / Math.max(1, seconds / 2)) {
      wait(6_000);
      emit('click').params = { element: 'menu' };
    }
    return events;
  }
  const pages = 1 + Math.floor(exponential(random) * browsing.pages);
  for (let i = 0; i < Math.min(pages, browsing.pagesMax); i++) {
    if (random() < SHOP.search.use) search(i === 0 ? category : categoryFor(random, persona), null);
    else categoryPage(i === 0 ? category : categoryFor(random, persona), null);
  }
  if (main === null) {
    if (random() < SHOP.after.preSaleContact * 2) contact();
    return events;
  }
  if (random() < browsing.foundBySearch) search(category, main);
  else categoryPage(category, main);
  const looked = Math.min(browsing.productsMax, Math.floor(exponential(random) * browsing.products));
  for (let i = 0; i < looked; i++) productPage(productFor(random, persona), false);
  productPage(main, true);
  if (visit.signIn === 'signs_up' && order === undefined) signUp();
  else if (life.account === '' && random() < SHOP.accounts.signUp * SHOP.accounts.signUpGivenUp) {
    wait(10_000);
    emit('sign_up_start').params = { method: 'email' };
  }
  if (visit.shares) {
    emit('share').params = { share_id: shareId(person, visit), method: china ? 'wechat' : 'copy_link' };
  }
  if (visit.depth < DEPTH.cart) {
    if (random() < SHOP.after.preSaleContact) contact();
    return events;
  }
  if (order === undefined || bill === undefined) {
    toCart(main, 1, saleDiscount, '');
    const inCart = [main];
    if (random() < browsing.secondItem) {
      const more = productFor(random, persona);
      productPage(more, false);
      toCart(more, 1, saleDiscount, '');
      inCart.push(more);
    }
    if (visit.depth > DEPTH.cart || random() < browsing.cartSeen) checkout(undefined, inCart);
    return events;
  }
  bill.lines.forEach(({ product, quantity }, i) => {
    if (i > 0) productPage(product, false);
    toCart(product, quantity, order.discount, i === 0 ? '' : 'rec_item');
  });
  checkout(order, []);
  return events;

  function contact(): void {
    wait(20_000);
    emit('support_contact').params = { case_id: `C-${key}`, stage: 'pre_sale', channel: 'chat' };
  }
}

/** The code that brought an invited person: of a friend, or of a group buy; '' for others. */
function codeOf(life: Life, kind: 'friend' | 'group'): string {
  const { index } = life.person;
  if (!isInvited(index) || invitationOf(index) !== kind) return '';
  return `${kind === 'friend' ? 'F' : 'G'}${life.world.site.mark}${inviterOf(index).toString(36)}`;
}

function originOf(facts: SourceFacts, visit: Visit, key: string): { query: string; referrer: string } {
  const referrer = facts.referrer;
  if (facts.telling === 'gclid') {
    const campaign = facts.campaigns[visit.campaign];
    const named = `utm_campaign=${campaign?.campaign ?? ''}`;
    const term =
      campaign === undefined || campaign.term === '' ? '' : `&utm_term=${encodeURIComponent(campaign.term)}`;
    return { query: `?gclid=Cj0K${key}&${named}${term}`, referrer: 'https://www.google.com/' };
  }
  if (facts.telling === 'utm') {
    const campaign = facts.campaigns[visit.campaign];
    const of = (name: string, value: string | undefined) =>
      value === undefined || value === '' ? '' : `&utm_${name}=${encodeURIComponent(value)}`;
    const query = `?utm_source=${facts.source}&utm_medium=${facts.medium}`;
    return {
      query:
        query +
        of('campaign', campaign?.campaign) +
        of('term', campaign?.term) +
        of('content', campaign?.content),
      referrer,
    };
  }
  return { query: '', referrer };
}

/** The group that Footfall must give a visit, by who sent it. */
export function channelOfVisit(life: Life, visit: Visit): string {
  const source = SHOP.sources[visit.source];
  return (life.person.consentAds ? source?.channel : source?.channelWithoutAds) ?? '';
}
