import { expect, test } from "vitest";
import { sampleOrder } from "../../log/samples.ts";
import type { OrderStatus } from "../../log/wire.ts";
import { allowed, amountOf, isAll, partsOf } from "./parts.ts";

const order = sampleOrder();
/** Two coffees of 3500, one cake of 1000. */
const { items } = order;

test("what may happen to an order depends on how far it is, and on the day", () => {
    const at = (status: OrderStatus, today = order.businessDate) =>
        Object.entries(allowed({ ...order, status }, today))
            .filter(([, may]) => may)
            .map(([name]) => name);
    expect(at("PENDING")).toEqual(["change"]);
    expect(at("MAKING")).toEqual(["change", "remake", "recall"]);
    expect(at("READY")).toEqual(["change", "remake", "recall"]);
    expect(at("COMPLETED")).toEqual(["remake", "recall"]);
    expect(at("CANCELLED")).toEqual([]);
    expect(at("READY", "2031-01-01")).toEqual(["change"]);
    expect(at("COMPLETED", "2031-01-01")).toEqual([]);
});

test("a part of a line is named by how many, a whole line by none", () => {
    expect(partsOf(items, { 1: 1 })).toEqual([{ lineId: 1, quantity: 1 }]);
    expect(partsOf(items, { 1: 2, 2: 0 })).toEqual([{ lineId: 1, quantity: 0 }]);
});

test("what goes back is said before: the price of the parts", () => {
    expect(amountOf(items, { 1: 1, 2: 1 })).toBe(4500);
    expect(amountOf(items, { 1: 9 })).toBe(7000);
    expect(isAll(items, { 1: 2 })).toBe(false);
    expect(isAll(items, { 1: 2, 2: 1 })).toBe(true);
});
