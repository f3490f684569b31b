import type { Log } from "../log/log.svelte.ts";

/** The business day it is now. (The log's state has that of its newest order: in the morning, yesterday's.) */
export function today(log: Log): string {
    const { settings } = log.state;
    return businessDateOf(
        log.now,
        settings.get("time_zone") ?? "UTC",
        Number(settings.get("business_day_hour") ?? 0),
    );
}

/** `2026-11-22`: the date by the wall clock of the shop, which changes at that hour. */
export function businessDateOf(now: number, timeZone: string, hour: number): string {
    // Sweden writes dates as ISO 8601 does.
    return new Date(now - hour * 3_600_000).toLocaleDateString("sv-SE", { timeZone });
}
