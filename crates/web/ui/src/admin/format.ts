// Numbers, money and times as the language and the café's time zone have them.
import type { Log } from "../log/log.svelte.ts";
import { language } from "../text/index.svelte.ts";
import { adminWords } from "../text/admin.svelte.ts";

/** Amounts come as numbers, sums as texts. */
export type Amount = number | string | undefined;

/** To make one takes longer than to use it, and sums move with every event. */
const FORMATS = { ko: new Intl.NumberFormat("ko"), en: new Intl.NumberFormat("en") };

export function numberOf(value: Amount): string {
    return FORMATS[language.current].format(Number(value ?? 0));
}

export function money(value: Amount): string {
    const amount = Number(value ?? 0);
    const sign = amount < 0 ? "−" : "";
    return sign + adminWords().money(numberOf(Math.abs(amount)));
}

/** With its sign, also when it is more. */
export function signed(value: Amount): string {
    return Number(value ?? 0) > 0 ? `+${money(value)}` : money(value);
}

export function time(log: Log, at: string | undefined): string {
    return shown(log, at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function dateTime(log: Log, at: string | undefined): string {
    return shown(log, at, {
        ...{ month: "short", day: "numeric" },
        ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    });
}

/** With the seconds, where it matters what came first. */
export function exactly(log: Log, at: string | undefined): string {
    return shown(log, at, {
        ...{ month: "short", day: "numeric" },
        ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    });
}

/** Of a business day `2026-11-22`. */
export function day(date: string | undefined): string {
    if (date === undefined || date === "") return "";
    return new Date(`${date}T00:00:00Z`).toLocaleDateString(language.current, {
        ...{ year: "numeric", month: "short", day: "numeric", weekday: "short" },
        timeZone: "UTC",
    });
}

/** How long ago that was, by the box's clock. */
export function ago(log: Log, at: string | undefined): string {
    if (at === undefined) return "";
    return adminWords().duration(Math.max(0, Math.floor((log.now - Date.parse(at)) / 1000)));
}

export function bytes(value: Amount): string {
    return `${(Number(value ?? 0) / 1024 / 1024).toLocaleString(language.current, { maximumFractionDigits: 1 })} MB`;
}

function shown(log: Log, at: string | undefined, options: Intl.DateTimeFormatOptions): string {
    if (at === undefined || at === "") return "";
    const timeZone = log.state.settings.get("time_zone");
    const zone = timeZone === undefined ? {} : { timeZone };
    return new Date(at).toLocaleString(language.current, { ...options, ...zone });
}
