import { isClosed } from "../log/state.ts";
import type { Line, Order } from "../log/wire.ts";

/** What a kitchen screen is for. */
export interface View {
    /** Empty: all stations. */
    station: string;
    /** Brings together what the stations make, and hands it over. */
    isExpo: boolean;
}

/** By `?station=bar`, or `?expo=1`. */
export function viewOf(query: URLSearchParams): View {
    return { station: query.get("station") ?? "", isExpo: query.get("expo") === "1" };
}

/** An order as one screen shows it. */
export interface Card {
    order: Order;
    /** Those that are made here. */
    lines: Line[];
    /** The other stations that still have something to make for it. */
    elsewhere: string[];
}

/**
 * What the screen shows, in the order in which it is promised: those with priority first, then by
 * age; before all of them what is ready, where it is handed over. `isVoided` says of what there is nothing left to do here that it has to be seen before it goes.
 */
export function cardsOf(
    cards: Iterable<Card>,
    view: View,
    isVoided: (card: Card) => boolean,
): Card[] {
    const shown: Card[] = [];
    for (const card of cards) {
        if (card.lines.length > 0 && (isOnHand(card, view) || isVoided(card))) shown.push(card);
    }
    return shown.sort((a, b) => before(a.order, b.order));
}

export function cardOf(order: Order, view: View): Card {
    const isHere = (line: Line) => view.station === "" || line.station === view.station;
    const lines = order.items.filter(isHere);
    const open = order.items.filter((line) => line.status === "WAITING" && !isClosed(order));
    const elsewhere = new Set(open.filter((line) => !isHere(line)).map((line) => line.station));
    return { order, lines, elsewhere: [...elsewhere] };
}

/** The stations that have something left to make for an order. */
export function openStations(order: Order): string[] {
    const open = order.items.filter((line) => line.status === "WAITING");
    return [...new Set(open.map((line) => line.station))];
}

/** What this screen has finished, the last one first. */
export function finishedOf(orders: Iterable<Order>, view: View, max: number): Order[] {
    const finished: [number, Order][] = [];
    for (const order of orders) {
        if (order.status === "CANCELLED") continue;
        const { lines } = cardOf(order, view);
        const done = lines.filter((line) => line.status === "DONE");
        if (done.length === 0 || lines.some((line) => line.status === "WAITING")) continue;
        if (view.isExpo && order.status !== "COMPLETED") continue;
        const at = Math.max(...done.map((line) => Date.parse(line.doneAt ?? order.updatedAt)));
        finished.push([view.isExpo ? Date.parse(order.updatedAt) : at, order]);
    }
    finished.sort(([a], [b]) => b - a);
    return finished.slice(0, max).map(([, order]) => order);
}

/** A drink or dish as it is to be made, and how often, over all orders of a screen. */
export interface AllDay {
    name: string;
    quantity: number;
    variants: { options: string; quantity: number }[];
}

/** What is still to be made, the most frequent first; called as `namesOf` says. */
export function allDayOf(
    cards: Card[],
    namesOf: (line: Line) => { name: string; options: string },
): AllDay[] {
    const byName = new Map<string, Map<string, number>>();
    const open = cards.filter(({ order }) => !isClosed(order)).flatMap(({ lines }) => lines);
    for (const line of open.filter(({ status }) => status === "WAITING")) {
        const { name, options } = namesOf(line);
        const variants = byName.get(name) ?? new Map<string, number>();
        byName.set(name, variants);
        variants.set(options, (variants.get(options) ?? 0) + line.quantity);
    }
    const all = [...byName].map(([name, counts]) => {
        const variants = [...counts].map(([options, quantity]) => ({ options, quantity }));
        variants.sort((a, b) => b.quantity - a.quantity || a.options.localeCompare(b.options));
        const quantity = variants.reduce((sum, variant) => sum + variant.quantity, 0);
        return { name, quantity, variants };
    });
    return all.sort((a, b) => b.quantity - a.quantity || a.name.localeCompare(b.name));
}

/** Whether there is anything to do for it here. */
function isOnHand({ order, lines }: Card, view: View): boolean {
    if (isClosed(order)) return false;
    if (order.status === "READY") return view.isExpo;
    return view.isExpo || lines.some((line) => line.status === "WAITING");
}

function before(a: Order, b: Order): number {
    return (
        Number(b.status === "READY") - Number(a.status === "READY") ||
        Number(b.isPriority) - Number(a.isPriority) ||
        a.createdAt.localeCompare(b.createdAt) ||
        a.dailyNum - b.dailyNum
    );
}
