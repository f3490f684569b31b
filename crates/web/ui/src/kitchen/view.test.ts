import { expect, test } from "vitest";
import { apply } from "../log/apply.ts";
import { sample, sampleOrder } from "../log/samples.ts";
import { emptyState } from "../log/state.ts";
import type { Order, OrderStatus } from "../log/wire.ts";
import { marksOf } from "./marks.ts";
import { allDayOf, cardOf, cardsOf, finishedOf, viewOf, type View } from "./view.ts";

const ALL = viewOf(new URLSearchParams());
const BAR = viewOf(new URLSearchParams("station=bar"));
const EXPO = viewOf(new URLSearchParams("expo=1"));

/** The samples' order (coffee at the bar, cake at the dessert counter) after these events. */
function after(...names: string[]): Order {
    const state = emptyState();
    for (const name of ["order.created", ...names]) apply(state, sample(name));
    return state.orders.get(sampleOrder().orderId)!;
}

function shown(view: View, ...orders: Order[]): number[] {
    const cards = orders.map((order) => cardOf(order, view));
    return cardsOf(cards, view, () => false).map(({ order }) => order.dailyNum);
}

test("a station shows what it has to make, and where else the order is made", () => {
    const card = cardOf(sampleOrder(), BAR);
    expect(card.lines.map(({ lineId }) => lineId)).toEqual([1]);
    expect(card.elsewhere).toEqual(["dessert"]);
    expect(shown(BAR, after())).toEqual([42]);
    expect(shown(BAR, after("order.lines_changed"))).toEqual([]);
    expect(shown(ALL, after("order.lines_changed"))).toEqual([42]);
});

test("expo shows an order until it is handed over, a station that makes it not", () => {
    const ready = after("order.status_changed");
    expect(shown(EXPO, ready)).toEqual([42]);
    expect(shown(ALL, ready)).toEqual([]);
    const completed = { ...ready, status: "COMPLETED" as OrderStatus };
    expect(shown(EXPO, completed)).toEqual([]);
});

test("what is hurried comes first, then what has waited longest", () => {
    const at = (dailyNum: number, second: number, isPriority = false) => ({
        ...sampleOrder(),
        ...{ dailyNum, isPriority, orderId: `ORD-${dailyNum}` },
        createdAt: `2026-11-21T03:04:0${second}Z`,
    });
    expect(shown(ALL, at(3, 3), at(1, 1), at(4, 4, true), at(2, 2))).toEqual([4, 1, 2, 3]);
});

test("what was taken back stays until somebody has seen it", () => {
    const cancelled = cardOf(after("order.cancelled"), BAR);
    expect(cardsOf([cancelled], BAR, () => false)).toEqual([]);
    expect(cardsOf([cancelled], BAR, () => true)).toEqual([cancelled]);
});

test("every change has a mark of its own", () => {
    const keys = (view: View, ...names: string[]) =>
        marksOf(cardOf(after(...names), view), view).map(({ key, kind }) => `${kind} ${key}`);
    expect(keys(BAR)).toEqual(["new new", "changed table:5"]);
    expect(keys(BAR, "order.cancelled")).toContain("void void");
    expect(keys(BAR, "order.lines_cancelled")).toContain("void void:3");
    expect(keys(BAR, "order.items_added")).toEqual(keys(BAR));
    expect(keys(ALL, "order.items_added")).toContain("changed added:3");
    expect(keys(ALL, "order.lines_remade")).toContain("changed remade:2:1");
    expect(keys(BAR, "order.priority_changed")).toContain("new priority");
    expect(keys(BAR, "order.table_changed")).toContain("changed table:Terrace 1");
    expect(keys(EXPO, "order.status_changed").join()).toContain("ready ready:2026");
});

test("all-day counts what is still to be made, by its options", () => {
    const cards = [after(), after("order.lines_changed")].map((order) => cardOf(order, ALL));
    const names = allDayOf(cards, ({ menuName, options }) => ({
        name: menuName,
        options: options.map(({ optionName }) => optionName).join(),
    }));
    expect(names).toEqual([
        { name: "아메리카노", quantity: 2, variants: [{ options: "샷 추가", quantity: 2 }] },
        { name: "치즈케이크", quantity: 2, variants: [{ options: "", quantity: 2 }] },
    ]);
});

test("the recall list has what this screen has finished, not what others have", () => {
    const begun = after("order.lines_changed");
    const numbers = (view: View) => finishedOf([begun], view, 10).map(({ dailyNum }) => dailyNum);
    expect(numbers(BAR)).toEqual([42]);
    expect(numbers({ station: "dessert", isExpo: false })).toEqual([]);
    expect(numbers(EXPO)).toEqual([]);
    expect(finishedOf([after("order.cancelled")], BAR, 10)).toEqual([]);
});
