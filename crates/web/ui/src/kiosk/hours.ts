// When an item may be ordered, by the clock on the shop's wall.
import type { MenuItem } from "../log/wire.ts";

const DAYS = [
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
] as const;
const SHORT: Readonly<Record<string, number>> = {
    ...{ Mon: 0, Tue: 1, Wed: 2, Thu: 3, Fri: 4, Sat: 5, Sun: 6 },
};

/** A moment of the shop's week. */
export interface WallTime {
    /** 0: Monday. */
    day: number;
    /** Since midnight. */
    minute: number;
}

/** What the shop's clock shows; the device's own where the zone is unknown to the browser. */
export function wallTime(nowMs: number, timeZone: string): WallTime {
    const parts = formatOf(timeZone).formatToParts(nowMs);
    const part = (type: string) => parts.find((it) => it.type === type)?.value ?? "";
    return {
        day: SHORT[part("weekday")] ?? 0,
        minute: (Number(part("hour")) % 24) * 60 + Number(part("minute")),
    };
}

/** A span that ends before it begins goes on to the next day, and belongs to the one it began on. */
export function isAvailable({ available }: MenuItem, at: WallTime): boolean {
    if (available.length === 0) return true;
    return available.some(({ days = [], from = "", to = "" }) => {
        const [begin, end] = [minuteOf(from), minuteOf(to)];
        const isOn = (day: number) => days.length === 0 || days.includes(DAYS[day % 7]!);
        const goesOn = end < begin;
        const isToday = at.minute >= begin && (at.minute < end || goesOn);
        const isOfYesterday = goesOn && at.minute < end;
        return (isToday && isOn(at.day)) || (isOfYesterday && isOn(at.day + 6));
    });
}

/** `11:00–15:00, 17:00–20:00`. */
export function spansOf({ available }: MenuItem): string {
    return available.map(({ from, to }) => `${from}–${to}`).join(", ");
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
    const known = formats.get(timeZone);
    if (known !== undefined) return known;
    const shape = { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false } as const;
    let format: Intl.DateTimeFormat;
    try {
        format = new Intl.DateTimeFormat("en-US", { ...shape, timeZone });
    } catch {
        format = new Intl.DateTimeFormat("en-US", shape);
    }
    formats.set(timeZone, format);
    return format;
}

function minuteOf(text: string): number {
    const [hour = 0, minute = 0] = text.split(":").map(Number);
    return hour * 60 + minute;
}
