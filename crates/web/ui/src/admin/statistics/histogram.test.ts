import { expect, test } from "vitest";
import { within } from "./histogram.ts";

const histogram = { boundsUs: ["100", "200", "500"], counts: ["1", "8", "9", "10"], sumUs: "0" };

test("so much of all was as fast as a bound, or slower than all of them", () => {
    expect(within(histogram, 0.5)).toBe(200);
    expect(within(histogram, 0.9)).toBe(500);
    expect(within(histogram, 0.99)).toBe(Infinity);
});

test("of nothing there is nothing to say", () => {
    expect(within({ boundsUs: ["100"], counts: ["0", "0"] }, 0.5)).toBeUndefined();
    expect(within(undefined, 0.5)).toBeUndefined();
});
