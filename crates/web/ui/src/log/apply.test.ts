import { describe, expect, test } from "vitest";
import { apply } from "./apply.ts";
import { sample, sampleOrder } from "./samples.ts";
import { emptyState, putSnapshot, type CafeState } from "./state.ts";
import type { LogEvent, MenuItem, Order, Snapshot } from "./wire.ts";

/** A state with the samples' order and menu. */
function cafe(...names: string[]): CafeState {
    const state = emptyState();
    for (const name of ["order.created", "menu.item_changed", ...names]) apply(state, sample(name));
    return state;
}

function order(state: CafeState): Order {
    return state.orders.get(sampleOrder().orderId)!;
}

function item(state: CafeState): MenuItem {
    return state.menu.get(1)!;
}

describe("an order", () => {
    test("is placed, and begins a business day", () => {
        const state = cafe();
        expect(order(state)).toEqual(sampleOrder());
        expect(state.businessDate).toBe("2026-11-21");
    });

    test("takes the states of its lines with a step, and loses when they were done with a step back", () => {
        const ready = cafe("order.status_changed");
        expect(order(ready).status).toBe("READY");
        expect(order(ready).items.map((line) => line.status)).toEqual(["DONE", "WAITING"]);
        expect(order(ready).items[0]?.doneAt).toBe("2026-11-21T03:04:05.678Z");
        const recalled = cafe("order.status_changed", "order.recalled");
        expect(order(recalled).status).toBe("MAKING");
        expect(order(recalled).items[0]).toEqual(sampleOrder().items[0]);
    });

    test("has lines that are done one by one, are added, split, cancelled and made again", () => {
        expect(order(cafe("order.lines_changed")).items[0]?.status).toBe("DONE");
        const added = order(cafe("order.items_added"));
        expect(added.items.map(({ lineId, addition }) => [lineId, addition])).toEqual([
            [1, 0],
            [2, 0],
            [3, 1],
        ]);
        expect(added.totalAmount).toBe(9000);
        const split = order(cafe("order.lines_cancelled"));
        expect(
            split.items.map(({ lineId, quantity, status }) => [lineId, quantity, status]),
        ).toEqual([
            [1, 1, "WAITING"],
            [2, 1, "WAITING"],
            [3, 1, "CANCELLED"],
        ]);
        expect(split.totalAmount).toBe(4500);
        expect(order(cafe("order.lines_remade")).items[1]).toMatchObject({
            remakes: 1,
            reason: "dropped",
        });
    });

    test("is cancelled, hurried and moved", () => {
        expect(order(cafe("order.cancelled"))).toMatchObject({
            status: "CANCELLED",
            cancelReason: "customer left",
        });
        expect(order(cafe("order.priority_changed")).isPriority).toBe(true);
        expect(order(cafe("order.table_changed")).table).toBe("Terrace 1");
    });

    test("that is closed goes with the first one of the next business day", () => {
        const state = cafe("order.cancelled");
        const next = { ...sampleOrder(), orderId: "ORD-2", businessDate: "2026-11-22" };
        apply(state, { event: "order:created", data: next });
        expect([...state.orders.keys()]).toEqual(["ORD-2"]);
        const open = cafe();
        apply(open, { event: "order:created", data: next });
        expect(open.orders.size).toBe(2);
    });

    test("leaves every other order, and what it was, as they are", () => {
        const state = cafe();
        const other = { ...sampleOrder(), orderId: "ORD-2" };
        apply(state, { event: "order:created", data: other });
        const before = order(state);
        const kept = structuredClone(before);
        apply(state, sample("order.status_changed"));
        expect(state.orders.get("ORD-2")).toBe(other);
        expect(order(state)).not.toBe(before);
        expect(before).toEqual(kept);
    });
});

describe("the menu", () => {
    test("is sold out by people and by stock, as a whole and by option", () => {
        const state = cafe();
        const soldOut = (byStock: boolean): LogEvent => ({
            event: "menu:sold_out_changed",
            data: { menuId: 1, menuName: "", isSoldOut: true, updatedAt: "", byStock },
        });
        apply(state, soldOut(true));
        expect(item(state)).toMatchObject({ isSoldOut: true, soldOutByStock: true });
        apply(state, soldOut(false));
        expect(item(state)).toMatchObject({ isSoldOut: true, soldOutByStock: false });
        apply(state, sample("menu.option_sold_out_changed"));
        expect(item(state).optionGroups[0]?.options[0]?.isSoldOut).toBe(true);
    });

    test("is counted, in one event or in many, and no longer counted", () => {
        const state = cafe();
        const change = { menuId: 1, menuName: "", updatedAt: "" };
        apply(state, { event: "menu:stock_changed", data: { ...change, remaining: 3 } });
        expect(item(state).remaining).toBe(3);
        apply(state, { event: "menu:stock_batch_changed", data: { items: [change] } });
        expect("remaining" in item(state)).toBe(false);
    });

    test("shows the new name of a category in its items", () => {
        const state = cafe("menu.category_changed");
        expect(item(state).category).toBe("커피");
        apply(state, sample("menu.category_deleted"));
        expect(state.categories.size).toBe(0);
        apply(state, { event: "menu:item_deleted", data: { menuId: 1 } });
        expect(state.menu.size).toBe(0);
    });
});

test("seats are taken and freed, and the plan moves nobody", () => {
    const state = cafe("seat.changed");
    const seat = () => state.seats.get("A3");
    expect(seat()).toMatchObject({ status: "FREE", holder: "" });
    apply(state, sample("seat.selected"));
    expect(seat()).toMatchObject({ status: "OCCUPIED", holder: "kiosk-1" });
    apply(state, sample("seat.changed"));
    expect(seat()).toMatchObject({ status: "OCCUPIED", orderId: sampleOrder().orderId });
    apply(state, sample("seat.released"));
    expect(seat()).toMatchObject({ status: "FREE", orderId: "" });
    expect(seat()).not.toHaveProperty("since");
});

test("bells ring until they are answered, and messages, settings and places are kept", () => {
    const state = cafe("bell.rung", "message.created", "settings.changed", "queue.updated");
    expect(state.bells.get(7)?.rings).toBe(2);
    apply(state, sample("bell.answered"));
    expect(state.bells.size).toBe(0);
    expect(state.messages.get(1)?.text).toBe("두유 떨어졌어요");
    expect(state.settings.get("is_kiosk_active")).toBe("false");
    expect(state.places.get(sampleOrder().orderId)?.position).toBe(3);
});

test("incidents stay when they are over, with who dealt with them, and are fifty at most", () => {
    const state = cafe("incident.started");
    expect(state.incidents.get("INC-1")).toEqual({
        ...{ incidentId: "INC-1", endpointId: "payment", endpointName: "Payment terminal" },
        ...{ reason: "timed out", startedAt: "2026-11-21T03:04:05.678Z" },
    });
    apply(state, sample("incident.resolved"));
    expect(state.incidents.get("INC-1")).toMatchObject({
        startedAt: "2026-11-21T03:04:05.678Z",
        resolvedAt: "2026-11-21T03:04:05.678Z",
        resolvedBy: { name: "Minji" },
    });
    const { data } = sample("incident.started");
    for (let nth = 2; nth <= 52; nth += 1) {
        const incident = { ...data, incidentId: `INC-${nth}` };
        apply(state, { event: "incident:started", data: incident } as LogEvent);
    }
    expect(state.incidents.size).toBe(50);
    expect([...state.incidents.keys()].at(0)).toBe("INC-3");
});

test("what is not known, and events of other names, change nothing", () => {
    const state = emptyState();
    const names = ["order.status_changed", "menu.stock_changed", "seat.released", "staff.changed"];
    for (const name of [...names, "presence.changed", "day.closed"]) apply(state, sample(name));
    expect(state).toEqual(emptyState());
});

test("a snapshot takes the place of what was known, and keeps messages", () => {
    const state = cafe("message.created", "seat.changed");
    const snapshot: Snapshot = {
        position: { epoch: "e", seq: "7" },
        businessDate: "2026-11-22",
        orders: [{ ...sampleOrder(), orderId: "ORD-2" }],
        settings: [{ key: "time_zone", value: "Asia/Seoul" }],
        ...{ menu: [], categories: [], seats: [], bells: [], cells: [], incidents: [] },
    };
    putSnapshot(state, snapshot);
    expect([...state.orders.keys()]).toEqual(["ORD-2"]);
    expect([state.menu.size, state.seats.size, state.messages.size]).toEqual([0, 0, 1]);
    expect(state.settings.get("time_zone")).toBe("Asia/Seoul");
});
