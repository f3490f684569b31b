import { isClosed } from "../../log/state.ts";
import type { Line, Order } from "../../log/wire.ts";
import type { AdminWords } from "../../text/admin/index.ko.ts";

type Text = AdminWords["orders"]["steps"];

export interface Step {
    at: string;
    what: string;
    /** Why; empty: nobody said. */
    reason: string;
    tone: "plain" | "news" | "good" | "bad";
}

/** What happened to an order, as far as it says so itself: oldest first. */
export function historyOf(order: Order, text: Text): Step[] {
    const steps = [
        step(order.createdAt, text.placed),
        ...additionsOf(order, text),
        ...doneOf(order, text),
    ];
    for (const line of order.items) steps.push(...stepsOf(line, order, text));
    const lastAt = lastDone(order);
    const isMade = order.status === "READY" || order.status === "COMPLETED";
    if (isMade && lastAt !== "") steps.push(step(lastAt, text.ready, "good"));
    if (order.status === "COMPLETED") steps.push(step(order.updatedAt, text.completed, "good"));
    if (order.status === "CANCELLED") {
        steps.push(step(order.updatedAt, text.cancelled, "bad", order.cancelReason));
    }
    // Of the same moment they stay as they are here.
    return steps.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** What came later, each time in one step. */
function additionsOf({ items }: Order, text: Text): Step[] {
    const own = items.filter(({ splitFrom }) => splitFrom === 0);
    return together(own, ({ addedAt }) => addedAt).map(([at, names]) =>
        step(at, text.added(names), "news"),
    );
}

/** What was made at once, in one step. */
function doneOf({ items }: Order, text: Text): Step[] {
    return together(items, ({ doneAt }) => doneAt).map(([at, names]) => step(at, text.done(names)));
}

/** The names of the lines to which something has happened at the same time. */
function together(lines: Line[], atOf: (line: Line) => string | undefined): [string, string][] {
    const byTime = new Map<string, string[]>();
    for (const line of lines) {
        const at = atOf(line);
        if (at !== undefined) byTime.set(at, [...(byTime.get(at) ?? []), nameOf(line)]);
    }
    return [...byTime].map(([at, names]) => [at, names.join(", ")]);
}

function stepsOf(line: Line, order: Order, text: Text): Step[] {
    const [name, { remadeAt, cancelledAt, reason }] = [nameOf(line), line];
    const steps: Step[] = [];
    if (remadeAt !== undefined) {
        const why = cancelledAt === undefined ? reason : "";
        steps.push(step(remadeAt, text.remade(name), "news", why));
    }
    // A cancelled order's last lines went with it.
    if (cancelledAt !== undefined && !(isClosed(order) && cancelledAt === order.updatedAt)) {
        steps.push(step(cancelledAt, text.lineCancelled(name), "bad", reason));
    }
    return steps;
}

/** Since when nothing of it waits: the last line was made, or taken back before it was. */
function lastDone({ items }: Order): string {
    const times = items.map(({ doneAt, cancelledAt = "" }) => doneAt ?? cancelledAt);
    return times.sort().at(-1) ?? "";
}

function step(at: string, what: string, tone: Step["tone"] = "plain", reason = ""): Step {
    return { at, what, reason, tone };
}

function nameOf({ menuName, quantity }: Line): string {
    return quantity > 1 ? `${menuName} ×${quantity}` : menuName;
}
