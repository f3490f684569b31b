import { expect, test } from "vitest";
import { textOf, weekOf } from "./hours.ts";

test.each([
    "",
    "09:00-21:00",
    "mon-fri 08:00-21:00; sat 10:00-14:00, 17:00-02:00; sun closed",
    "mon-wed closed; thu 08:00-21:00; fri-sun closed",
    "mon-sun closed",
    "mon-sun 09:00-11:00, 12:00-20:00",
])("%j is the same after it was edited", (text) => {
    expect(textOf(weekOf(text))).toBe(text);
});

test.each([
    ["mon-fri 08:00-21:00", "mon-fri 08:00-21:00; sat-sun closed"],
    [
        "fri-mon 10:00-22:00; tue,thu 08:00-12:00",
        "mon 10:00-22:00; tue 08:00-12:00; wed closed; thu 08:00-12:00; fri-sun 10:00-22:00",
    ],
    ["mon-sun 00:00-24:00", "00:00-00:00"],
])("%j says the same as %j", (text, same) => {
    expect(textOf(weekOf(text))).toBe(same);
});
