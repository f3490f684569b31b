// What the orders of a day come to. Of the log's state alone, so that it moves with every event.
import type { Order } from "../../log/wire.ts";

/** How long lines took at a station, from when they were ordered until they were done. */
export interface Times {
    station: string;
    lines: number;
    medianSeconds: number;
    /** Nine of ten took no longer. */
    slowSeconds: number;
}

export interface Sold {
    menuId: number;
    name: string;
    quantity: number;
    amount: number;
}

export interface Day {
    /** Without those that were cancelled. */
    orders: number;
    amount: number;
    average: number;
    cancelled: number;
    /** Of each of the 24 hours. */
    byHour: number[];
    times: Times[];
    /** The best first. */
    sold: Sold[];
}

export function dayOf(orders: readonly Order[], hourOf: (at: string) => number): Day {
    const standing = orders.filter(({ status }) => status !== "CANCELLED");
    const amount = sum(standing.map(({ totalAmount }) => totalAmount));
    const byHour = Array.from({ length: 24 }, () => 0);
    for (const { createdAt } of standing) byHour[hourOf(createdAt)]! += 1;
    return {
        orders: standing.length,
        amount,
        average: standing.length === 0 ? 0 : Math.floor(amount / standing.length),
        cancelled: orders.length - standing.length,
        byHour,
        times: timesOf(standing),
        sold: soldOf(standing),
    };
}

/** The hour by the café's wall clock. Asked for each minute once: that takes its time. */
export function hours(timeZone: string | undefined): (at: string) => number {
    const zone = timeZone === undefined ? {} : { timeZone };
    const format = new Intl.DateTimeFormat("en", { hour: "2-digit", hourCycle: "h23", ...zone });
    const known = new Map<string, number>();
    return (at) => {
        const minute = at.slice(0, 16);
        const hour = known.get(minute) ?? Number(format.format(new Date(at)));
        known.set(minute, hour);
        return hour;
    };
}

/** The hours to show: those in which something happened, and some more, so that they make a day. */
export function shownHours(byHour: readonly number[]): [number, number] {
    const first = byHour.findIndex((count) => count > 0);
    const last = byHour.findLastIndex((count) => count > 0);
    if (first === -1) return [8, 20];
    return [Math.min(8, first), Math.max(20, last)];
}

function timesOf(orders: readonly Order[]): Times[] {
    const seconds = new Map<string, number[]>();
    for (const order of orders) {
        for (const line of order.items) {
            if (line.doneAt === undefined || line.status === "CANCELLED") continue;
            const from = line.remadeAt ?? line.addedAt ?? order.createdAt;
            const took = Math.max(0, (Date.parse(line.doneAt) - Date.parse(from)) / 1000);
            const all = seconds.get(line.station);
            if (all === undefined) seconds.set(line.station, [took]);
            else all.push(took);
        }
    }
    return [...seconds].map(([station, all]) => {
        all.sort((a, b) => a - b);
        const at = (part: number) => Math.round(all[Math.ceil(all.length * part) - 1] ?? 0);
        return { station, lines: all.length, medianSeconds: at(0.5), slowSeconds: at(0.9) };
    });
}

function soldOf(orders: readonly Order[]): Sold[] {
    const sold = new Map<number, Sold>();
    for (const order of orders) {
        for (const { menuId, menuName, quantity, totalPrice, status } of order.items) {
            if (status === "CANCELLED") continue;
            const known = sold.get(menuId) ?? { menuId, name: menuName, quantity: 0, amount: 0 };
            known.quantity += quantity;
            known.amount += totalPrice;
            sold.set(menuId, known);
        }
    }
    return [...sold.values()].sort((a, b) => b.quantity - a.quantity || b.amount - a.amount);
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, number) => total + number, 0);
}
