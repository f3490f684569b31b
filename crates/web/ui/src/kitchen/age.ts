import type { Line, MenuItem, Order } from "../log/wire.ts";
import type { Card } from "./view.ts";

/** How long something waits, as the café sees it. */
export type Age = "fresh" | "warn" | "late";

/** After how many minutes a kitchen screen warns, and calls something late. */
export interface Limits {
    warnMinutes: number;
    lateMinutes: number;
}

const AGES: readonly Age[] = ["fresh", "warn", "late"];
const MINUTE_MS = 60_000;

/** An item's own, and the café's where it has none. */
export function limitsOf(item: MenuItem | undefined, cafe: Limits): Limits {
    return {
        warnMinutes: item?.warnMinutes || cafe.warnMinutes,
        lateMinutes: item?.lateMinutes || cafe.lateMinutes,
    };
}

/** Of the lines that are still to be made here, by number. */
export function agesOf({ order, lines }: Card, limits: (line: Line) => Limits, now: number) {
    const open = lines.filter(({ status }) => status === "WAITING");
    return new Map(open.map((line) => [line.lineId, ageOf(order, line, limits(line), now)]));
}

/** A card is as late as the latest of its lines. */
export function latest(ages: Iterable<Age>): Age {
    let last = 0;
    for (const age of ages) last = Math.max(last, AGES.indexOf(age));
    return AGES[last] ?? "fresh";
}

/** Whoever gets something made again has waited since it was ordered. */
function ageOf(order: Order, line: Line, limits: Limits, now: number): Age {
    const waitedMs = now - Date.parse(line.addedAt ?? order.createdAt);
    if (waitedMs >= limits.lateMinutes * MINUTE_MS) return "late";
    return waitedMs >= limits.warnMinutes * MINUTE_MS ? "warn" : "fresh";
}
