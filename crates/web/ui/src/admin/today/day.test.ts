import { expect, test } from "vitest";
import { sampleOrder } from "../../log/samples.ts";
import type { Line, Order } from "../../log/wire.ts";
import { dayOf, hours, shownHours } from "./day.ts";

function line(fields: Partial<Line>): Line {
    return {
        ...{ menuId: 1, menuName: "Latte", quantity: 1, unitPrice: 4000, totalPrice: 4000 },
        ...{ options: [], note: "", lineId: 1, station: "bar", status: "WAITING" as const },
        ...{ addition: 0, remakes: 0, reason: "", splitFrom: 0, category: "" },
        ...fields,
    };
}

function order(fields: Partial<Order>): Order {
    const createdAt = "2026-11-22T00:10:00.000Z";
    const plain = { status: "PENDING" as const, items: [line({})], totalAmount: 4000, createdAt };
    return { ...sampleOrder(), ...plain, ...fields };
}

const seoul = hours("Asia/Seoul");

test("what was cancelled is no sale, and is counted as such", () => {
    const day = dayOf([order({}), order({ status: "CANCELLED" })], seoul);
    expect(day).toMatchObject({ orders: 1, amount: 4000, average: 4000, cancelled: 1 });
});

test("hours are those of the café's wall clock", () => {
    expect(dayOf([order({})], seoul).byHour[9]).toBe(1);
    expect(seoul("2026-11-22T15:00:00Z")).toBe(0);
    expect(hours("Asia/Kathmandu")("2026-11-22T00:20:00Z")).toBe(6);
});

test("a line takes from when it was ordered, added or sent back until it is done", () => {
    const items = [
        line({ status: "DONE", doneAt: "2026-11-22T00:12:00Z" }),
        line({ status: "DONE", doneAt: "2026-11-22T00:30:00Z", addedAt: "2026-11-22T00:29:00Z" }),
        line({ status: "CANCELLED", doneAt: "2026-11-22T01:12:00Z" }),
        line({}),
    ];
    expect(dayOf([order({ items })], seoul).times).toEqual([
        { station: "bar", lines: 2, medianSeconds: 60, slowSeconds: 120 },
    ]);
});

test("what sells best comes first", () => {
    const items = [line({}), line({ menuId: 2, menuName: "Cake", quantity: 3, totalPrice: 9000 })];
    const { sold } = dayOf([order({ items })], seoul);
    expect(sold.map(({ name, quantity }) => [name, quantity])).toEqual([
        ["Cake", 3],
        ["Latte", 1],
    ]);
});

test("without an order it is a day all the same", () => {
    expect(shownHours(dayOf([], seoul).byHour)).toEqual([8, 20]);
    expect(shownHours(dayOf([order({})], hours("UTC")).byHour)).toEqual([0, 20]);
});
