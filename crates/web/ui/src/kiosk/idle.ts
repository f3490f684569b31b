// Nobody is hurried: before anything is thrown away the screen asks, and whoever wants more time gets
// it, as often as they want.

/** Without a touch for so long it asks, and for so long it waits for the answer. */
export interface IdleTimes {
    quietMs: number;
    askMs: number;
}

/** Who asked for more time gets this much more of both. */
export const MORE_TIME = 3;

export type IdleState =
    { kind: "there" } | { kind: "asking"; secondsLeft: number } | { kind: "gone" };

export function idleAt(now: number, touchedAt: number, times: IdleTimes): IdleState {
    const quietMs = now - touchedAt;
    if (quietMs < times.quietMs) return { kind: "there" };
    const leftMs = times.quietMs + times.askMs - quietMs;
    if (leftMs <= 0) return { kind: "gone" };
    return { kind: "asking", secondsLeft: Math.ceil(leftMs / 1000) };
}
