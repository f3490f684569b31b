import { expect, test } from "vitest";
import { csv } from "./csv.ts";

test("commas, quotes and lines stay in their cell, and nothing becomes a formula", () => {
    const rows = [
        ["a,b", 'say "hi"', "two\nlines"],
        ["=1+1", -5, "plain"],
    ];
    expect(csv(rows)).toBe('\ufeff"a,b","say ""hi""","two\nlines"\r\n\'=1+1,-5,plain\r\n');
});
