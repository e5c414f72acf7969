import type { Item } from '../contract/event.ts';
import { basketOf, categories, type Line, type Product } from './catalogue.ts';
import type { Life, Order } from './life.ts';
import { type Picker, PURPOSE, picker, type Stream, stream } from './random.ts';
import { minorUnits, SHOP } from './shop.ts';

const personaCategories: readonly Picker[] = SHOP.personas.map(persona => picker(persona.categories));

export function categoryFor(random: Stream, persona: number): number {
  return personaCategories[persona]?.(random) ?? 0;
}

export function productFor(random: Stream, persona: number): Product {
  const category = categories[categoryFor(random, persona)] ?? categories[0];
  return category?.products[category.pick(random)] as Product;
}

/** Minor units of a currency for an amount in cents of a euro, at the price list's fixed rate. */
export function localMoney(cents: number, rate: number, currency: string): number {
  return Math.round((cents / 100) * rate * minorUnits(currency));
}

/** A product at a list price, in local money; a discount is a share taken off. */
export function itemOf(product: Product, rate: number, currency: string, discount = 0, quantity = 1): Item {
  const full = localMoney(product.cents, rate, currency);
  const off = discount === 0 ? 0 : Math.round(full * discount);
  return {
    item_id: product.id,
    item_name: product.name,
    item_brand: product.brand,
    item_category: product.category,
    item_variant: product.variant,
    coupon: '',
    item_list_id: '',
    item_list_name: '',
    promotion_id: '',
    seller_id: '',
    price: full - off,
    discount: off,
    cost: localMoney(product.costCents, rate, currency),
    quantity,
    index: 0,
    in_stock: true,
  };
}

/** The same in a list, at a place. */
export function listItem(
  product: Product,
  rate: number,
  currency: string,
  list: string,
  name: string,
  place: number,
): Item {
  const item = itemOf(product, rate, currency);
  item.item_list_id = list;
  item.item_list_name = name;
  item.index = place;
  return item;
}

/** What an order is of, and what it costs, in the minor units of its currency. */
export interface Bill {
  transaction: string;
  currency: string;
  lines: readonly Line[];
  items: Item[];
  value: number;
  tax: number;
  shipping: number;
  discount: number;
}

/** Pure in the order, so that a refund weeks later knows what was bought. */
export function billOf(life: Life, order: Order): Bill {
  const { country, id, index, persona } = life.person;
  const random = stream(life.world.seed, PURPOSE.order, index, order.number);
  const category = categories[categoryFor(random, persona)] ?? categories[0];
  const wished = (order.euros * 100) / (1 - order.discount);
  const lines = category === undefined ? [] : basketOf(random, wished, category);
  const { currency, rate } = country;
  const items = lines.map(({ product, quantity }, place) => {
    const item = itemOf(product, rate, currency, order.discount, quantity);
    item.coupon = order.coupon;
    item.index = place;
    return item;
  });
  let value = 0;
  let discount = 0;
  for (const item of items) {
    value += item.price * item.quantity;
    discount += item.discount * item.quantity;
  }
  const free = value >= localMoney(SHOP.shipping.freeFrom * 100, rate, currency);
  return {
    transaction: `T${id}-${order.number + 1}`.toUpperCase(),
    currency,
    lines,
    items,
    value,
    tax: Math.round(value * country.tax),
    shipping: free || order.store !== '' ? 0 : localMoney(SHOP.shipping.fee * 100, rate, currency),
    discount,
  };
}

/** What a refund gives back: all, or the first line. Negative, as the contract has it. */
export function refundOf(bill: Bill, part: boolean): { value: number; items: Item[] } {
  const first = bill.items[0];
  if (!part || first === undefined || bill.items.length < 2) return { value: -bill.value, items: [] };
  return { value: -first.price * first.quantity, items: [first] };
}
