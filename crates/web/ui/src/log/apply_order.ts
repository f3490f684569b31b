import type { Line, LineState, Order, OrderEvent } from "./wire.ts";

/** The order as it is after the event. Lines come as they are now, so they are merged by number. */
export function changeOrder(order: Order, event: OrderEvent): Order {
    switch (event.event) {
        case "order:status_changed":
        case "order:recalled": {
            const { status, lines, updatedAt } = event.data;
            return { ...order, status, updatedAt, items: withStates(order.items, lines) };
        }
        case "order:cancelled":
            return {
                ...order,
                status: "CANCELLED",
                cancelReason: event.data.reason,
                updatedAt: event.data.cancelledAt,
            };
        case "order:lines_changed": {
            const { lines, updatedAt } = event.data;
            return { ...order, updatedAt, items: withStates(order.items, lines) };
        }
        case "order:priority_changed": {
            const { isPriority, updatedAt } = event.data;
            return { ...order, isPriority, updatedAt };
        }
        case "order:items_added":
        case "order:lines_cancelled": {
            const { items, totalAmount, updatedAt } = event.data;
            return { ...order, totalAmount, updatedAt, items: withLines(order.items, items) };
        }
        case "order:lines_remade":
            return {
                ...order,
                updatedAt: event.data.updatedAt,
                items: withLines(order.items, event.data.items),
            };
        case "order:table_changed": {
            const { table, updatedAt } = event.data;
            return { ...order, table, updatedAt };
        }
        default:
            return order;
    }
}

function withStates(lines: Line[], states: LineState[]): Line[] {
    if (states.length === 0) return lines;
    const byId = new Map(states.map((state) => [state.lineId, state]));
    return lines.map((line) => {
        const state = byId.get(line.lineId);
        if (state === undefined) return line;
        const { doneAt: _, ...rest } = line;
        const done = state.doneAt === undefined ? {} : { doneAt: state.doneAt };
        return { ...rest, status: state.status, ...done };
    });
}

/** Known lines as they are now, and new ones after them. */
function withLines(lines: Line[], changed: Line[]): Line[] {
    const byId = new Map(changed.map((line) => [line.lineId, line]));
    const known = new Set(lines.map((line) => line.lineId));
    const merged = lines.map((line) => byId.get(line.lineId) ?? line);
    return [...merged, ...changed.filter((line) => !known.has(line.lineId))];
}
