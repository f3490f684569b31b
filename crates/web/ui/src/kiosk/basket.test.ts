import { expect, test } from "vitest";
import { added, countOf, replaced, roomFor, totalOf, withQuantity } from "./basket.ts";
import { agreed, changesOf } from "./changes.ts";
import { group, item, option } from "./sample.ts";

const size = group(1, 1, option(1, { isDefault: true }), option(2, { priceDelta: 500 }));
const latte = item(1, { price: 3000, optionGroups: [size] });
const cake = item(2, { price: 5000, remaining: 3 });
const always = () => true;
const menu = (...items: (typeof latte)[]) => new Map(items.map((it) => [it.menuId, it]));

test("the same again is more of the same, and other options are another line", () => {
    let basket = added([], latte, { 1: 1 }, 1);
    basket = added(basket, latte, { 1: 1 }, 2);
    basket = added(basket, latte, { 2: 1 }, 1);
    expect(basket.map(({ quantity, unitPrice }) => [quantity, unitPrice])).toEqual([
        [3, 3000],
        [1, 3500],
    ]);
    expect(totalOf(basket)).toBe(12_500);
    expect(countOf(basket)).toBe(4);
    basket = replaced(basket, 2, latte, { 1: 1 }, 1);
    basket = withQuantity(basket, 1, 0);
    expect(totalOf(basket)).toBe(3000);
    expect(added(basket, cake, {}, 1)[1]!.key).toBe(3);
});

test("there is room for what is left, over all lines", () => {
    const basket = added([], cake, {}, 2);
    expect(roomFor(basket, cake)).toBe(1);
    expect(roomFor(basket, cake, 1)).toBe(3);
    expect(roomFor(basket, latte)).toBe(99);
});

test("a basket is told what changed, by what weighs most", () => {
    const basket = added(added([], latte, { 2: 1 }, 1), cake, {}, 2);
    const kinds = (...items: (typeof latte)[]) =>
        changesOf(basket, menu(...items), always).map(({ kind }) => kind);
    expect(kinds(latte, cake)).toEqual([]);
    expect(kinds({ ...latte, price: 3100 }, cake)).toEqual(["price"]);
    expect(kinds({ ...latte, isSoldOut: true, price: 1 }, { ...cake, remaining: 1 })).toEqual([
        "soldOut",
        "fewer",
    ]);
    expect(kinds(cake)).toEqual(["gone"]);
    const out = group(1, 1, option(1), option(2, { isSoldOut: true }));
    expect(kinds({ ...latte, optionGroups: [out] }, cake)).toEqual(["options"]);
    const more = { ...latte, optionGroups: [size, group(1, 1, option(9))] };
    expect(kinds(more, cake)).toEqual(["options"]);
    expect(changesOf(basket, menu(latte, cake), (it) => it.menuId === 1)[0]?.kind).toBe("notNow");
});

test("lines of the same item share what is left of it", () => {
    const topping = group(0, 1, option(5));
    const counted = item(3, { remaining: 2, optionGroups: [topping] });
    const basket = added(added([], counted, {}, 2), counted, { 5: 1 }, 1);
    expect(changesOf(basket, menu(counted), always)).toEqual([
        { kind: "soldOut", line: basket[1] },
    ]);
});

test("after agreeing nothing is changed any more", () => {
    const basket = added(added(added([], latte, { 2: 1 }, 1), cake, {}, 2), item(4), {}, 1);
    const now = menu({ ...latte, price: 3300 }, { ...cake, remaining: 1 });
    const after = agreed(basket, changesOf(basket, now, always), now);
    expect(after.map(({ quantity, unitPrice }) => [quantity, unitPrice])).toEqual([
        [1, 3800],
        [1, 5000],
    ]);
    expect(changesOf(after, now, always)).toEqual([]);
});
