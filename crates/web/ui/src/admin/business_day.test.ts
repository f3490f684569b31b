import { expect, test } from "vitest";
import { businessDateOf } from "./business_day.ts";

test("the business day changes at its hour, by the wall clock of the shop", () => {
    const at = (time: string) => businessDateOf(Date.parse(time), "Asia/Seoul", 4);
    expect(at("2026-11-21T18:59:59Z")).toBe("2026-11-21");
    expect(at("2026-11-21T19:00:00Z")).toBe("2026-11-22");
    expect(businessDateOf(Date.parse("2026-11-21T23:59:00Z"), "UTC", 0)).toBe("2026-11-21");
});
