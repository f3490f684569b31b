// What a customer has chosen so far. Lines are replaced and never changed.
import type { MenuItem } from "../log/wire.ts";
import { priceOf, type Choices } from "../shared/choices.ts";

/** As many as an order may have of each, and lines. */
export const QUANTITY_MAX = 99;
export const LINES_MAX = 50;

export interface BasketLine {
    /** From 1, never given again in a basket. */
    key: number;
    /** As the menu had it when its customer agreed to its price. */
    item: MenuItem;
    choices: Choices;
    quantity: number;
    /** Of one, as it was shown. */
    unitPrice: number;
}

export type Basket = readonly BasketLine[];

/** The same item with the same options is more of the same line. */
export function added(basket: Basket, item: MenuItem, choices: Choices, quantity: number): Basket {
    const unitPrice = priceOf(item, choices);
    const same = basket.find(
        (line) =>
            line.item.menuId === item.menuId &&
            line.unitPrice === unitPrice &&
            isSame(line.choices, choices) &&
            line.quantity + quantity <= QUANTITY_MAX,
    );
    if (same !== undefined) return withQuantity(basket, same.key, same.quantity + quantity);
    const key = basket.reduce((newest, line) => Math.max(newest, line.key), 0) + 1;
    return [...basket, { key, item, choices, quantity, unitPrice }];
}

/** 0 takes the line out. */
export function withQuantity(basket: Basket, key: number, quantity: number): Basket {
    if (quantity <= 0) return basket.filter((line) => line.key !== key);
    const within = Math.min(quantity, QUANTITY_MAX);
    return basket.map((line) => (line.key === key ? { ...line, quantity: within } : line));
}

/** A line is chosen anew; it keeps its place. */
export function replaced(
    basket: Basket,
    key: number,
    item: MenuItem,
    choices: Choices,
    quantity: number,
): Basket {
    const unitPrice = priceOf(item, choices);
    return basket.map((line) =>
        line.key === key ? { key, item, choices, quantity, unitPrice } : line,
    );
}

export function totalOf(basket: Basket): number {
    return basket.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
}

export function countOf(basket: Basket): number {
    return basket.reduce((sum, line) => sum + line.quantity, 0);
}

/** How many of an item are in the basket, in all its lines but one. */
export function countOfItem(basket: Basket, menuId: number, without = 0): number {
    const lines = basket.filter((line) => line.item.menuId === menuId && line.key !== without);
    return countOf(lines);
}

/** How many more of an item can be had; what is not counted has no end but the order's. */
export function roomFor(basket: Basket, item: MenuItem, without = 0): number {
    const left = item.remaining ?? Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(QUANTITY_MAX, left - countOfItem(basket, item.menuId, without)));
}

export function isSame(a: Choices, b: Choices): boolean {
    const ids = new Set([...Object.keys(a), ...Object.keys(b)].map(Number));
    return [...ids].every((id) => (a[id] ?? 0) === (b[id] ?? 0));
}
