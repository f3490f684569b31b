import { expect, test } from "vitest";
import { apply } from "../../log/apply.ts";
import { sample, sampleOrder } from "../../log/samples.ts";
import { emptyState } from "../../log/state.ts";
import type { Order } from "../../log/wire.ts";
import { orders } from "../../text/admin/orders.en.ts";
import { historyOf } from "./history.ts";

const AT = Date.parse(sampleOrder().createdAt);
const later = (minutes: number) => new Date(AT + minutes * 60_000).toISOString();

function after(...names: string[]): Order {
    const state = emptyState();
    for (const name of ["order.created", ...names]) apply(state, sample(name));
    return state.orders.get(sampleOrder().orderId)!;
}

function told(order: Order): string[] {
    return historyOf(order, orders.steps).map(({ what, reason }) =>
        reason === "" ? what : `${what} (${reason})`,
    );
}

test("an order tells what has come to it, each time in one step, and why", () => {
    expect(told(sampleOrder())).toEqual(["Placed"]);
    expect(told(after("order.items_added"))).toEqual(["Placed", "Added: 치즈케이크"]);
    expect(told(after("order.lines_remade"))).toEqual([
        "Placed",
        "Made again: 치즈케이크 (dropped)",
    ]);
    expect(told(after("order.cancelled"))).toEqual(["Placed", "Cancelled (customer left)"]);
});

test("what is made at once is one step, and the order is ready with its last line", () => {
    const [coffee, cake] = sampleOrder().items;
    const ready: Order = {
        ...sampleOrder(),
        status: "COMPLETED",
        updatedAt: later(9),
        items: [
            { ...coffee!, status: "DONE", doneAt: later(3) },
            { ...cake!, status: "DONE", doneAt: later(3) },
            { ...cake!, lineId: 3, status: "CANCELLED", cancelledAt: later(5), reason: "left" },
        ],
    };
    expect(told(ready)).toEqual([
        "Placed",
        "Done: 아메리카노 ×2, 치즈케이크",
        "Line cancelled: 치즈케이크 (left)",
        "All ready",
        "Handed over",
    ]);
    const atOnce = { ...ready, items: ready.items.slice(0, 2) };
    expect(historyOf(atOnce, orders.steps).find(({ what }) => what === "All ready")?.at).toBe(
        later(3),
    );
});
