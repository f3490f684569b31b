// How each known setting is edited. One that this screen does not know is edited as its text.

export type Kind =
    | { kind: "boolean" }
    | { kind: "number"; min: number; max: number }
    | { kind: "choice"; values: readonly string[] }
    | { kind: "text" };

export interface Group {
    name: "hours" | "kitchen" | "waiting" | "seats" | "shop";
    keys: readonly string[];
}

const BOOLEAN: Kind = { kind: "boolean" };
const SECONDS: Kind = { kind: "number", min: 5, max: 3600 };
const MINUTES: Kind = { kind: "number", min: 1, max: 240 };

const KINDS: Readonly<Record<string, Kind>> = {
    is_kiosk_active: BOOLEAN,
    is_queue_active: BOOLEAN,
    last_order_minutes: { kind: "number", min: 0, max: 240 },
    business_day_hour: { kind: "number", min: 0, max: 23 },
    kitchen_warn_minutes: MINUTES,
    kitchen_late_minutes: MINUTES,
    kitchen_lag_seconds: { kind: "number", min: 1, max: 3600 },
    queue_threshold: { kind: "number", min: 1, max: 10_000 },
    queue_absence_seconds: SECONDS,
    queue_mode: { kind: "choice", values: ["auto", "always"] },
    seat_free_on: { kind: "choice", values: ["staff", "cancelled", "completed"] },
    seat_hold_seconds: SECONDS,
    bell_escalate_seconds: SECONDS,
};

export const GROUPS: readonly Group[] = [
    {
        name: "hours",
        keys: ["is_kiosk_active", "opening_hours", "holidays", "last_order_minutes"],
    },
    {
        name: "kitchen",
        keys: [
            ...["stations", "kitchen_warn_minutes", "kitchen_late_minutes"],
            ...["kitchen_lag_seconds"],
        ],
    },
    {
        name: "waiting",
        keys: ["is_queue_active", "queue_mode", "queue_threshold", "queue_absence_seconds"],
    },
    { name: "seats", keys: ["seat_free_on", "seat_hold_seconds", "bell_escalate_seconds"] },
    { name: "shop", keys: ["time_zone", "business_day_hour", "phones_url"] },
];

export function kindOf(key: string): Kind {
    return KINDS[key] ?? { kind: "text" };
}

/** The groups with the keys that the box has, and those that no group names in the last one. */
export function groupsOf(known: Iterable<string>): Group[] {
    const keys = [...known];
    const named = new Set(GROUPS.flatMap((group) => group.keys));
    const others = keys.filter((key) => !named.has(key)).sort();
    return GROUPS.map((group) => ({
        ...group,
        keys: [
            ...group.keys.filter((key) => keys.includes(key)),
            ...(group.name === "shop" ? others : []),
        ],
    })).filter((group) => group.keys.length > 0);
}
