import { expect, test } from "vitest";
import { apply } from "../log/apply.ts";
import { sample, sampleOrder } from "../log/samples.ts";
import { emptyState } from "../log/state.ts";
import type { MenuItem } from "../log/wire.ts";
import { agesOf, latest, limitsOf } from "./age.ts";
import { cardOf, viewOf } from "./view.ts";

const CAFE = { warnMinutes: 5, lateMinutes: 8 };
const ALL = viewOf(new URLSearchParams());
const PLACED_AT = Date.parse(sampleOrder().createdAt);

function item(minutes: object): MenuItem {
    return { ...(sample("menu.item_changed").data as MenuItem), ...minutes };
}

function after(minutes: number): string {
    return new Date(PLACED_AT + minutes * 60_000).toISOString();
}

/** The samples' order (coffee and cake) so many minutes after it was placed, after these events. */
function ages(minutes: number, names: string[] = [], coffee?: object) {
    const state = emptyState();
    for (const name of ["order.created", ...names]) apply(state, sample(name));
    const card = cardOf(state.orders.get(sampleOrder().orderId)!, ALL);
    const limits = ({ lineId }: { lineId: number }) =>
        limitsOf(lineId === 1 && coffee !== undefined ? item(coffee) : undefined, CAFE);
    return Object.fromEntries(agesOf(card, limits, PLACED_AT + minutes * 60_000));
}

test("an item takes as long as it says, else as long as the café says", () => {
    expect(limitsOf(undefined, CAFE)).toEqual(CAFE);
    expect(limitsOf(item({ warnMinutes: 0, lateMinutes: 0 }), CAFE)).toEqual(CAFE);
    expect(limitsOf(item({ warnMinutes: 12, lateMinutes: 0 }), CAFE).warnMinutes).toBe(12);
    expect(limitsOf(item({ warnMinutes: 0, lateMinutes: 3 }), CAFE).lateMinutes).toBe(3);
});

test("a line warns, and then is late, by its own item's minutes", () => {
    const quick = { warnMinutes: 2, lateMinutes: 4 };
    expect(ages(1, [], quick)).toEqual({ 1: "fresh", 2: "fresh" });
    expect(ages(2, [], quick)).toEqual({ 1: "warn", 2: "fresh" });
    expect(ages(4, [], quick)).toEqual({ 1: "late", 2: "fresh" });
    expect(ages(8, [], { warnMinutes: 20, lateMinutes: 30 })).toEqual({ 1: "fresh", 2: "late" });
});

test("what is made, or was taken back, is not late any more", () => {
    expect(ages(60, ["order.lines_changed"])).toEqual({ 2: "late" });
    expect(Object.keys(ages(60, ["order.lines_cancelled"]))).not.toContain("3");
});

test("what is added later is not late because of the rest, what is made again is", () => {
    const line = { ...sampleOrder().items[0]!, remakes: 1, remadeAt: after(60) };
    const added = { ...sampleOrder().items[1]!, addition: 1, addedAt: after(60) };
    const card = cardOf({ ...sampleOrder(), items: [line, added] }, ALL);
    const ages = agesOf(card, () => CAFE, PLACED_AT + 64 * 60_000);
    expect(Object.fromEntries(ages)).toEqual({ 1: "late", 2: "fresh" });
});

test("a card is as late as the latest of its lines", () => {
    expect(latest([])).toBe("fresh");
    expect(latest(["fresh", "late", "warn"])).toBe("late");
    expect(latest(["warn", "fresh"])).toBe("warn");
});
