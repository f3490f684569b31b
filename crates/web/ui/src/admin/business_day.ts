import type { Log } from "../log/log.svelte.ts";

/** The business day it is now. (The log's state has that of its snapshot, or of its newest order.) */
export function today(log: Log): string {
    return dayAt(log, log.now);
}

/** The business day of then, in milliseconds since 1970. */
export function dayAt(log: Log, at: number): string {
    const { settings } = log.state;
    return businessDateOf(
        at,
        settings.get("time_zone") ?? "UTC",
        Number(settings.get("business_day_hour") ?? 0),
    );
}

/** `2026-11-22`: the date by the wall clock of the shop, which changes at that hour. */
export function businessDateOf(now: number, timeZone: string, hour: number): string {
    // Sweden writes dates as ISO 8601 does.
    return new Date(now - hour * 3_600_000).toLocaleDateString("sv-SE", { timeZone });
}
