import type { Line, Order } from "../log/wire.ts";
import type { Card, View } from "./view.ts";

/** What somebody has to notice about a card, the most urgent first. */
export const KINDS = ["void", "changed", "new", "ready"] as const;
export type Kind = (typeof KINDS)[number];

/** Something to notice, told apart from all else that happens to the same order. */
export interface Mark {
    key: string;
    kind: Kind;
    /** Of a line; absent: of the order. */
    lineId?: number;
}

/** All that there ever was to notice about the card. */
export function marksOf({ order, lines }: Card, view: View): Mark[] {
    const marks: Mark[] = [{ key: "new", kind: "new" }];
    if (order.status === "CANCELLED") marks.push({ key: "void", kind: "void" });
    if (order.isPriority) marks.push({ key: "priority", kind: "new" });
    if (order.table !== "") marks.push({ key: `table:${order.table}`, kind: "changed" });
    if (view.isExpo && order.status === "READY") {
        marks.push({ key: `ready:${lastDone(order)}`, kind: "ready" });
    }
    for (const line of lines) marks.push(...marksOfLine(line));
    return marks;
}

function marksOfLine({ lineId, status, addition, remakes }: Line): Mark[] {
    const marks: Mark[] = [];
    if (status === "CANCELLED") marks.push({ key: `void:${lineId}`, kind: "void", lineId });
    else if (addition > 0) marks.push({ key: `added:${lineId}`, kind: "changed", lineId });
    if (remakes > 0) marks.push({ key: `remade:${lineId}:${remakes}`, kind: "changed", lineId });
    return marks;
}

/** An order that comes back and is ready again is so with another line's time. */
function lastDone(order: Order): string {
    return order.items.reduce((last, { doneAt = "" }) => (doneAt > last ? doneAt : last), "");
}
