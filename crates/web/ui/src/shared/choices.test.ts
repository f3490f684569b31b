import { expect, test } from "vitest";
import { isHopeless, possible, priceOf, toggled, unfinished, usual, withStep } from "./choices.ts";
import { group, item, option } from "../kiosk/sample.ts";

const size = group(1, 1, option(1, { isDefault: true }), option(2, { priceDelta: 700 }));
const extras = group(0, 3, option(11, { priceDelta: 500 }), option(12), option(13));
const cup = group(0, 1, option(21, { priceDelta: -300 }));
const latte = item(1, { price: 3000, optionGroups: [size, extras, cup] });

test("it begins with the defaults, without those that are sold out", () => {
    expect(usual(latte)).toEqual({ 1: 1 });
    const out = group(1, 1, option(1, { isDefault: true, isSoldOut: true }), option(2));
    const without = item(1, { optionGroups: [out] });
    expect(usual(without)).toEqual({});
    expect(unfinished(without, usual(without))).toBe(out);
    expect(isHopeless(without)).toBe(false);
    const all = group(1, 1, option(1, { isSoldOut: true }));
    expect(isHopeless(item(1, { optionGroups: [all] }))).toBe(true);
});

test("of a group of which one is needed, one is always chosen", () => {
    expect(toggled(size, { 1: 1 }, 2)).toEqual({ 2: 1 });
    expect(toggled(size, { 2: 1 }, 2)).toEqual({ 2: 1 });
});

test("what is not needed can be taken back", () => {
    expect(toggled(cup, {}, 21)).toEqual({ 21: 1 });
    expect(toggled(cup, { 21: 1 }, 21)).toEqual({});
});

test("a group that is full takes no more", () => {
    const full = { 11: 2, 12: 1 };
    expect(withStep(extras, full, 13, 1)).toEqual(full);
    expect(withStep(extras, full, 11, 1)).toEqual(full);
    expect(withStep(extras, full, 11, -1)).toEqual({ 11: 1, 12: 1 });
    expect(withStep(extras, {}, 11, -1)).toEqual({});
});

test("options change the price, which is never below nothing", () => {
    expect(priceOf(latte, { 2: 1, 11: 2, 21: 1 })).toBe(3000 + 700 + 1000 - 300);
    const gift = item(2, { price: 100, optionGroups: [cup] });
    expect(priceOf(gift, { 21: 1 })).toBe(0);
});

test("what sells out while it is chosen is chosen no more", () => {
    const now = group(1, 1, option(1), option(2, { isSoldOut: true }));
    const after = item(1, { optionGroups: [now, extras] });
    expect(possible(after, { 2: 1, 11: 2, 99: 1 })).toEqual({ 11: 2 });
});
