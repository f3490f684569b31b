import type { Order } from "../../log/wire.ts";

export type Shown = "all" | "open" | "closed" | "cancelled";

/** The newest first; of those that are wanted. Words may be a number, a name, a note, an id. */
export function find(orders: Iterable<Order>, shown: Shown, words: string): Order[] {
    const wanted = words.trim().toLowerCase();
    return [...orders]
        .filter((order) => isShown(order, shown) && fits(order, wanted))
        .sort((a, b) => b.dailyNum - a.dailyNum || b.createdAt.localeCompare(a.createdAt));
}

function isShown({ status }: Order, shown: Shown): boolean {
    switch (shown) {
        case "all":
            return true;
        case "open":
            return status !== "COMPLETED" && status !== "CANCELLED";
        case "closed":
            return status === "COMPLETED";
        case "cancelled":
            return status === "CANCELLED";
    }
}

function fits(order: Order, wanted: string): boolean {
    if (wanted === "") return true;
    // A short number is one that is called out.
    if (/^#?\d{1,4}$/.test(wanted)) return String(order.dailyNum) === wanted.replace("#", "");
    const texts = [
        ...[order.orderId, order.externalId, order.note, order.table, order.buzzerId],
        ...[order.cancelReason, order.cellInfo?.name ?? ""],
        ...order.items.flatMap(({ menuName, note, options }) => [
            ...[menuName, note],
            ...options.map(({ optionName }) => optionName),
        ]),
    ];
    return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** What was ordered, in one line. */
export function summary(order: Order): string {
    const lines = order.items.filter(
        ({ status }) => order.status === "CANCELLED" || status !== "CANCELLED",
    );
    return lines
        .map(({ menuName, quantity }) => (quantity > 1 ? `${menuName} ×${quantity}` : menuName))
        .join(", ");
}
