import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("waits double from a second to half a minute, and never end", () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoffMs(attempt, () => 1));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test("two screens that were lost together don't come back together", () => {
    expect(backoffMs(3, () => 0)).toBeLessThan(backoffMs(3, () => 0.5));
    expect(backoffMs(0, () => 0)).toBeGreaterThan(500);
});
