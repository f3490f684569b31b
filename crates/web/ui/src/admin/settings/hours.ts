// The setting `opening_hours` as a week of days: empty (always open), one span for every day, or days
// with their spans: `mon-fri 08:00-21:00; sat 10:00-14:00, 17:00-02:00`.

export interface Span {
    from: string;
    /** Not after `from`: on the next day. */
    to: string;
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** The spans of each day, from Monday; undefined: always open. */
export type Week = Span[][];

export function weekOf(text: string): Week | undefined {
    if (text.trim() === "") return undefined;
    const whole = spanOf(text.trim());
    if (whole !== undefined) return DAYS.map(() => [{ ...whole }]);
    const week: Week = DAYS.map(() => []);
    for (const entry of text.split(";")) {
        const [days = "", ...rest] = entry.trim().split(" ");
        const spans = rest
            .join(" ")
            .split(",")
            .map((part) => spanOf(part.trim()));
        for (const day of daysOf(days)) {
            week[day] = spans.filter((span) => span !== undefined).map((span) => ({ ...span }));
        }
    }
    return week;
}

/** Days that follow each other and have the same hours are named together. */
export function textOf(week: Week | undefined): string {
    if (week === undefined) return "";
    const hours = week.map((spans) => spans.map(({ from, to }) => `${from}-${to}`).join(", "));
    const [first = ""] = hours;
    if (!first.includes(",") && first !== "" && hours.every((it) => it === first)) return first;
    const entries: string[] = [];
    for (let at = 0; at < DAYS.length; at += 1) {
        let last = at;
        while (last + 1 < DAYS.length && hours[last + 1] === hours[at]) last += 1;
        const name = last === at ? DAYS[at]! : `${DAYS[at]}-${DAYS[last]}`;
        entries.push(`${name} ${hours[at] === "" ? "closed" : hours[at]}`);
        at = last;
    }
    return entries.join("; ");
}

/** What it has no name for, it has no day for. */
function daysOf(text: string): number[] {
    return text.split(",").flatMap((range) => {
        const [first = "", last = first] = range.split("-");
        const [from, to] = [DAYS.indexOf(first as "mon"), DAYS.indexOf(last as "mon")];
        if (from === -1 || to === -1) return [];
        const count = ((to - from + DAYS.length) % DAYS.length) + 1;
        return Array.from({ length: count }, (_, nth) => (from + nth) % DAYS.length);
    });
}

function spanOf(text: string): Span | undefined {
    const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
    if (from === undefined || to === undefined) return undefined;
    // The same midnight, by the name that clocks have for it.
    return { from, to: to === "24:00" ? "00:00" : to };
}
