import type { Event, Item } from '../../pipeline/contract/event.ts';

/** 2026-11-01T12:00:00Z, a time with nothing special about it. Ms. */
export const NOON = Date.UTC(2026, 10, 1, 12);

/** A whole event with the schema's defaults: a page view of visitor v1 at NOON, but for what is given. */
export function event(given: Partial<Event> = {}): Event {
  return {
    event_id: 'e1',
    event_name: 'page_view',
    event_time: NOON,
    visitor_id: 'v1',
    site: 'shop',
    user_id: null,
    platform: 'web',
    received_time: null,
    page_location: '',
    page_title: '',
    page_referrer: '',
    source: '',
    medium: '',
    campaign: '',
    term: '',
    content: '',
    country: '',
    region: '',
    city: '',
    language: '',
    timezone: '',
    user_agent: '',
    device: '',
    browser: '',
    os: '',
    consent_analytics: true,
    consent_ads: true,
    engagement_time_ms: 0,
    currency: null,
    value: 0,
    tax: 0,
    shipping: 0,
    discount: 0,
    transaction_id: '',
    coupon: '',
    items: [],
    search_term: '',
    promotion_id: '',
    promotion_name: '',
    experiment_id: '',
    variation_id: '',
    group_id: '',
    store_id: '',
    score: null,
    points: 0,
    params: {},
    metrics: {},
    ...given,
  };
}

/** A whole item with the schema's defaults, but for what is given. */
export function item(given: Partial<Item> = {}): Item {
  return {
    item_id: 'i1',
    item_name: '',
    item_brand: '',
    item_category: '',
    item_variant: '',
    coupon: '',
    item_list_id: '',
    item_list_name: '',
    promotion_id: '',
    seller_id: '',
    price: 0,
    discount: 0,
    cost: null,
    quantity: 1,
    index: 0,
    in_stock: true,
    ...given,
  };
}
