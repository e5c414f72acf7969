/** One line of a shopping list, cart or order. Money in minor units of the event's currency. */
export interface Item {
  item_id: string;
  item_name: string;
  item_brand: string;
  item_category: string;
  item_variant: string;
  coupon: string;
  item_list_id: string;
  item_list_name: string;
  promotion_id: string;
  seller_id: string;
  /** Unit price after `discount`. */
  price: number;
  discount: number;
  /** Unit cost of goods, null where unknown. */
  cost: number | null;
  quantity: number;
  index: number;
  in_stock: boolean;
}

/** The newest version of `footfall.Event` (schemas/event.v1.avsc), as every reader sees it. Times are ms since 1970 UTC. */
export interface Event {
  event_id: string;
  event_name: string;
  event_time: number;
  visitor_id: string;
  site: string;
  user_id: string | null;
  platform: string;
  received_time: number | null;
  page_location: string;
  page_title: string;
  page_referrer: string;
  source: string;
  medium: string;
  campaign: string;
  term: string;
  content: string;
  country: string;
  region: string;
  city: string;
  language: string;
  timezone: string;
  user_agent: string;
  device: string;
  browser: string;
  os: string;
  consent_analytics: boolean;
  consent_ads: boolean;
  engagement_time_ms: number;
  currency: string | null;
  value: number;
  tax: number;
  shipping: number;
  discount: number;
  transaction_id: string;
  coupon: string;
  items: Item[];
  search_term: string;
  promotion_id: string;
  promotion_name: string;
  experiment_id: string;
  variation_id: string;
  group_id: string;
  store_id: string;
  score: number | null;
  points: number;
  params: Record<string, string>;
  metrics: Record<string, number>;
}
