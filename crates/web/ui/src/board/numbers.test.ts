import { expect, test } from "vitest";
import { sampleOrder } from "../log/samples.ts";
import type { Order, OrderStatus } from "../log/wire.ts";
import { gridOf, numbersOf } from "./numbers.ts";

function order(dailyNum: number, status: OrderStatus, doneAt?: string): Order {
    const base = sampleOrder();
    const items = base.items.map((line) => (doneAt === undefined ? line : { ...line, doneAt }));
    return { ...base, orderId: `ORD-${dailyNum}`, dailyNum, status, items };
}

test("open numbers are in order, ready ones newest first, closed and old ones nowhere", () => {
    const orders = [
        order(3, "MAKING"),
        order(2, "PENDING"),
        order(4, "READY", "2026-11-21T03:10:00Z"),
        order(5, "READY", "2026-11-21T03:12:00Z"),
        order(1, "READY", "2026-11-21T03:01:00Z"),
        order(6, "COMPLETED"),
        order(7, "CANCELLED"),
    ];
    const now = Date.parse("2026-11-21T03:12:30Z");
    const { preparing, ready } = numbersOf(orders, now, 10 * 60_000);
    expect(preparing.map(({ dailyNum }) => dailyNum)).toEqual([2, 3]);
    expect(ready.map(({ dailyNum }) => dailyNum)).toEqual([5, 4]);
});

test("numbers are as large as their count allows", () => {
    expect([1, 4, 5, 9, 16, 20].map((count) => gridOf(count, 4))).toEqual([
        { columns: 1, rows: 1 },
        { columns: 2, rows: 2 },
        { columns: 3, rows: 2 },
        { columns: 3, rows: 3 },
        { columns: 4, rows: 4 },
        { columns: 4, rows: 5 },
    ]);
});
