// What has become of a basket since it was filled: the menu goes on changing while people choose.
import type { MenuItem } from "../log/wire.ts";
import { withQuantity, type Basket, type BasketLine } from "./basket.ts";
import { priceOf, unfinished, type Choices } from "../shared/choices.ts";

export type Change =
    /** It is not on the menu any more, is sold out, or is not to be had at this time of day. */
    | { kind: "gone" | "soldOut" | "notNow"; line: BasketLine }
    /** There are fewer than are wished; `left` of them are this line's. */
    | { kind: "fewer"; line: BasketLine; left: number }
    /** Options that can't be had; it is to be chosen anew. */
    | { kind: "options"; line: BasketLine; optionIds: number[] }
    | { kind: "price"; line: BasketLine; price: number };

export interface Menu {
    get(menuId: number): MenuItem | undefined;
}

/** In the order of the basket, at most one of each line: the one that weighs most. */
export function changesOf(
    basket: Basket,
    menu: Menu,
    isAvailable: (item: MenuItem) => boolean,
): Change[] {
    const taken = new Map<number, number>();
    const changes: Change[] = [];
    for (const line of basket) {
        const { menuId } = line.item;
        const item = menu.get(menuId);
        const left = (item?.remaining ?? Number.POSITIVE_INFINITY) - (taken.get(menuId) ?? 0);
        const change = changeOf(line, item, left, isAvailable);
        if (change !== undefined) changes.push(change);
        const isTaken = change === undefined || change.kind === "price";
        const quantity = isTaken ? line.quantity : change.kind === "fewer" ? change.left : 0;
        taken.set(menuId, (taken.get(menuId) ?? 0) + quantity);
    }
    return changes;
}

function changeOf(
    line: BasketLine,
    item: MenuItem | undefined,
    left: number,
    isAvailable: (item: MenuItem) => boolean,
): Change | undefined {
    if (item === undefined) return { kind: "gone", line };
    if (item.isSoldOut || left <= 0) return { kind: "soldOut", line };
    if (!isAvailable(item)) return { kind: "notNow", line };
    const optionIds = missing(item, line.choices);
    if (optionIds.length > 0 || unfinished(item, line.choices) !== undefined) {
        return { kind: "options", line, optionIds };
    }
    if (left < line.quantity) return { kind: "fewer", line, left };
    const price = priceOf(item, line.choices);
    return price === line.unitPrice ? undefined : { kind: "price", line, price };
}

/** The options that were chosen and can't be had. */
function missing(item: MenuItem, choices: Choices): number[] {
    const options = item.optionGroups.flatMap((group) => group.options);
    const chosen = Object.keys(choices).map(Number);
    return chosen.filter((id) => {
        const option = options.find(({ optionId }) => optionId === id);
        return option === undefined || option.isSoldOut;
    });
}

/** The basket after its customer has agreed to all that changed: without what can't be had. */
export function agreed(basket: Basket, changes: readonly Change[], menu: Menu): Basket {
    let after = basket;
    for (const change of changes) {
        const { key, item: old } = change.line;
        if (change.kind === "price") {
            const item = menu.get(old.menuId) ?? old;
            const { price } = change;
            after = after.map((line) =>
                line.key === key ? { ...line, item, unitPrice: price } : line,
            );
        } else {
            after = withQuantity(after, key, change.kind === "fewer" ? change.left : 0);
        }
    }
    return after;
}
