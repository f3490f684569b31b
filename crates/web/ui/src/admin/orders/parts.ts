import type { Line, Order } from "../../log/wire.ts";

/** Of each line, by its number, how many are meant. */
export type Counts = Readonly<Record<number, number>>;

/** What may happen to an order now; of a day that is over, nothing that goes back. */
export interface Allowed {
    /** Lines can be cancelled, and others added; it can be hurried. */
    change: boolean;
    remake: boolean;
    recall: boolean;
}

export function allowed({ status, businessDate }: Order, today: string): Allowed {
    const isToday = businessDate === today;
    const isBegun = status !== "PENDING" && status !== "CANCELLED";
    return {
        change: status === "PENDING" || status === "MAKING" || status === "READY",
        remake: isBegun && isToday,
        recall: isBegun && isToday,
    };
}

/** As the box is asked: whole lines without a number, since theirs may change meanwhile. */
export function partsOf(lines: readonly Line[], counts: Counts) {
    return lines
        .filter(({ lineId }) => (counts[lineId] ?? 0) > 0)
        .map(({ lineId, quantity }) => {
            const count = counts[lineId] ?? 0;
            return { lineId, quantity: count >= quantity ? 0 : count };
        });
}

/** What these parts came to. */
export function amountOf(lines: readonly Line[], counts: Counts): number {
    return lines.reduce(
        (sum, { lineId, unitPrice, quantity }) =>
            sum + unitPrice * Math.min(quantity, counts[lineId] ?? 0),
        0,
    );
}

/** Whether nothing is left of it. */
export function isAll(lines: readonly Line[], counts: Counts): boolean {
    return lines.every(({ lineId, quantity }) => (counts[lineId] ?? 0) >= quantity);
}
