import { isOver } from "../../log/state.ts";
import type { Incident } from "../../log/wire.ts";

/** Of those that are over, as many as somebody reads. */
const OVER_MAX = 5;

export interface Shown {
    /** What goes on, whenever it began; the oldest first. */
    open: Incident[];
    /** What is over and was seen today; the latest first. */
    over: Incident[];
}

export function shownOf(
    incidents: Iterable<Incident>,
    dayOf: (at: string) => string,
    today: string,
): Shown {
    const all = [...incidents].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
    const over = all.filter((it) => isOver(it) && dayOf(it.resolvedAt ?? "") === today);
    over.sort((a, b) => (b.resolvedAt ?? "").localeCompare(a.resolvedAt ?? ""));
    return { open: all.filter((it) => !isOver(it)), over: over.slice(0, OVER_MAX) };
}
