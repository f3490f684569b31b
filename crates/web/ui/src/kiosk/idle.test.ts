import { expect, test } from "vitest";
import { idleAt } from "./idle.ts";

test("it asks before it takes anything away", () => {
    const times = { quietMs: 60_000, askMs: 20_000 };
    expect(idleAt(59_999, 0, times)).toEqual({ kind: "there" });
    expect(idleAt(60_000, 0, times)).toEqual({ kind: "asking", secondsLeft: 20 });
    expect(idleAt(79_001, 0, times)).toEqual({ kind: "asking", secondsLeft: 1 });
    expect(idleAt(80_000, 0, times)).toEqual({ kind: "gone" });
});
