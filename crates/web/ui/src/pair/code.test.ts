import { expect, test } from "vitest";
import { CODE_CHARS, codeOf, KEYS } from "./code.ts";

test("a code is what was meant, however it was typed", () => {
    expect(codeOf("7k3m-q9xa")).toBe("7K3MQ9XA");
    expect(codeOf(" OIL 0 ")).toBe("0110");
    expect(codeOf("u!<>")).toBe("");
    expect(codeOf("7K3MQ9XA7K3M")).toHaveLength(CODE_CHARS);
    expect(KEYS).toHaveLength(32);
});
