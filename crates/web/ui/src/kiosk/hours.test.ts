import { expect, test } from "vitest";
import { isAvailable, wallTime } from "./hours.ts";
import { item } from "./sample.ts";

const at = (day: number, time: string) => {
    const [hour = 0, minute = 0] = time.split(":").map(Number);
    return { day, minute: hour * 60 + minute };
};

test("a span has its first minute and not its last, on its days", () => {
    const lunch = item(1, { available: [{ days: ["MONDAY"], from: "11:00", to: "14:00" }] });
    expect(isAvailable(lunch, at(0, "10:59"))).toBe(false);
    expect(isAvailable(lunch, at(0, "11:00"))).toBe(true);
    expect(isAvailable(lunch, at(0, "14:00"))).toBe(false);
    expect(isAvailable(lunch, at(1, "12:00"))).toBe(false);
    expect(isAvailable(item(2), at(1, "12:00"))).toBe(true);
});

test("a night belongs to the day it began on", () => {
    const night = item(1, { available: [{ days: ["SUNDAY"], from: "22:00", to: "02:00" }] });
    expect(isAvailable(night, at(6, "23:00"))).toBe(true);
    expect(isAvailable(night, at(0, "01:59"))).toBe(true);
    expect(isAvailable(night, at(0, "02:00"))).toBe(false);
    expect(isAvailable(night, at(6, "01:00"))).toBe(false);
});

test("the shop's clock counts, not the device's", () => {
    const now = Date.parse("2026-11-22T15:30:00Z");
    expect(wallTime(now, "Asia/Seoul")).toEqual(at(0, "00:30"));
    expect(wallTime(now, "Europe/Berlin")).toEqual(at(6, "16:30"));
});
