import type { Order } from "../log/wire.ts";

/** What the board shows of the café, as ids in the order in which they are shown. */
export interface Numbers {
    preparing: Order[];
    ready: Order[];
}

/**
 * Those that are being made, by number, as one looks for one's own; and those to be collected, the
 * newest first, each for so long at most.
 */
export function numbersOf(orders: Iterable<Order>, now: number, clearAfterMs: number): Numbers {
    const preparing: Order[] = [];
    const ready: Order[] = [];
    for (const order of orders) {
        if (order.status === "PENDING" || order.status === "MAKING") preparing.push(order);
        if (order.status === "READY" && now - readyAt(order) < clearAfterMs) ready.push(order);
    }
    preparing.sort(
        (a, b) => a.businessDate.localeCompare(b.businessDate) || a.dailyNum - b.dailyNum,
    );
    ready.sort((a, b) => readyAt(b) - readyAt(a) || b.dailyNum - a.dailyNum);
    return { preparing, ready };
}

/** When the last of its lines was done; without one, when the order changed last. */
export function readyAt(order: Order): number {
    let last = 0;
    for (const { doneAt } of order.items) {
        if (doneAt !== undefined) last = Math.max(last, Date.parse(doneAt));
    }
    return last || Date.parse(order.updatedAt);
}

/** Columns and rows that so many numbers are the largest in. */
export function gridOf(count: number, columnsMax: number): { columns: number; rows: number } {
    const columns = Math.min(columnsMax, Math.max(1, Math.ceil(Math.sqrt(count))));
    return { columns, rows: Math.max(1, Math.ceil(count / columns)) };
}
