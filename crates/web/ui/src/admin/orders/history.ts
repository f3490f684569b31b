import type { Line, Order } from "../../log/wire.ts";
import { adminWords } from "../../text/admin.svelte.ts";

export interface Step {
    at: string;
    what: string;
}

/** What happened to an order, as far as it says so itself: oldest first. */
export function historyOf(order: Order): Step[] {
    const text = adminWords().orders.steps;
    const steps: Step[] = [{ at: order.createdAt, what: text.placed }];
    const add = (at: string | undefined, what: string) => {
        if (at !== undefined && !steps.some((step) => step.at === at && step.what === what)) {
            steps.push({ at, what });
        }
    };
    for (const line of order.items) {
        add(line.addedAt, text.added);
        add(line.remadeAt, text.remade(line.menuName));
        // A cancelled order's lines went with it.
        if (order.status !== "CANCELLED") add(line.cancelledAt, text.lineCancelled(line.menuName));
        add(line.doneAt, text.done(nameOf(line)));
    }
    if (order.status === "READY") add(order.updatedAt, text.ready);
    if (order.status === "COMPLETED") add(order.updatedAt, text.completed);
    if (order.status === "CANCELLED") add(order.updatedAt, text.cancelled);
    return steps.sort((a, b) => a.at.localeCompare(b.at));
}

function nameOf({ menuName, quantity }: Line): string {
    return quantity > 1 ? `${menuName} ×${quantity}` : menuName;
}
