const FIRST_MS = 1_000;
const MAX_MS = 30_000;
/** So much of each wait is chance, so that screens don't all come back at once. */
const JITTER = 0.4;

/** How long to wait before the n-th try in a row, from 0: 1 s doubling to 30 s, with jitter. */
export function backoffMs(attempt: number, random: () => number): number {
    const full = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
    return Math.round(full * (1 - JITTER + JITTER * random()));
}
