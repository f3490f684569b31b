import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Refusal } from "../log/refusal.ts";
import { Facts, type Said } from "./facts.ts";
import { refusalsEn } from "./refusals.en.ts";
import { refusalsKo, type Refusals } from "./refusals.ko.ts";

// Where the box makes its refusals.
const GRPC = new URL("../../../../grpc/src/", import.meta.url);
const sources = readdirSync(GRPC, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".rs"))
    .map((path) => readFileSync(new URL(path, GRPC), "utf8"));
const table = readFileSync(new URL("status.rs", GRPC), "utf8");

const LANGUAGES: [string, Refusals][] = [
    ["ko", refusalsKo],
    ["en", refusalsEn],
];
const REASON = /\b(?:info|failed|opens|later)\(\s*(?:Code::\w+,\s*)?"([A-Z_]+)"/g;
const RESOURCE = /(?:\bnot_found\(|set_resource_info\()\s*"([^"]+)"/g;

/** Every reason with the facts that the box gives with it. */
function reasonsOfTheBox(): Map<string, Set<string>> {
    const reasons = new Map<string, Set<string>>();
    // A case of the table, or a function of its own, has one reason and what belongs to it.
    for (const part of table.split(/\n {8}R::|\n\}\n/)) {
        const facts = [...part.matchAll(/\("([a-z]\w+)", /g)].map(([, name]) => name!);
        for (const [, reason] of part.matchAll(REASON)) {
            const known = reasons.get(reason!) ?? [];
            // Two of them are put together elsewhere in the table.
            const timed = part.includes("opens(") ? ["opensAt"] : [];
            const item = part.includes("item(*menu_id") ? ["menuId", "menuName"] : [];
            reasons.set(reason!, new Set([...known, ...facts, ...timed, ...item]));
        }
    }
    return reasons;
}

function resourcesOfTheBox(): Set<string> {
    return new Set(
        sources.flatMap((text) => [...text.matchAll(RESOURCE)].map(([, type]) => type!)),
    );
}

/** What is said, of facts that are given; asking for another one fails. */
function said(words: Said, given: Iterable<string>, language: string): string {
    if (typeof words === "string") return words;
    const facts = Object.fromEntries([...given].map((name) => [name, VALUES[name] ?? "7"]));
    const strict = new Proxy(facts, {
        get: (target, name) => {
            if (!(name in target)) throw new Error(`the box does not give ${String(name)}`);
            return target[name as string];
        },
    });
    const refusal = new Refusal("FAILED_PRECONDITION", "name: why", "", 1500, [], strict);
    return words(new Facts(refusal, language, "Asia/Seoul"));
}

const VALUES: Readonly<Record<string, string>> = {
    from: "READY",
    to: "PENDING",
    status: "COMPLETED",
    items: "카페라떼, 모카 and 3 more",
    station: "bar",
    opensAt: "2026-11-22T23:00:00.000Z",
    total: "12000",
};

test("every reason of the box has words, and no others have", () => {
    const reasons = [...reasonsOfTheBox().keys()].sort();
    expect(reasons.length).toBeGreaterThan(60);
    for (const [, { reasons: words }] of LANGUAGES)
        expect(Object.keys(words).sort()).toEqual(reasons);
});

test("whatever may not be found has words, and nothing else has", () => {
    const resources = [...resourcesOfTheBox()].sort();
    expect(resources.length).toBeGreaterThan(10);
    for (const [, { missing }] of LANGUAGES) expect(Object.keys(missing).sort()).toEqual(resources);
});

test.each(LANGUAGES)("in %s the words ask only for facts that the box gives", (language, words) => {
    const all = [...reasonsOfTheBox()].map(([reason, facts]) =>
        said(words.reasons[reason as "BUSY"], facts, language),
    );
    const missing = Object.values(words.missing).map((it) =>
        said(it, ["resourceType", "resourceName"], language),
    );
    for (const text of [...all, ...missing]) expect(text).not.toMatch(/undefined|NaN|Invalid|\(\)/);
});

test("facts are said as the language has them", () => {
    const { reasons: ko } = refusalsKo;
    const { reasons: en } = refusalsEn;
    expect(said(ko.STATUS, ["dailyNum", "from"], "ko")).toBe(
        "7번 주문의 상태가 이미 바뀌었습니다 (지금: 픽업 대기).",
    );
    expect(said(ko.TOTAL_CHANGED, ["total"], "ko")).toContain("12,000원");
    expect(said(en.TOTAL_CHANGED, ["total"], "en")).toContain("₩12,000");
    expect(said(ko.STATION_IN_USE, ["station", "items"], "ko")).toContain("카페라떼, 모카 외 3개");
    expect(said(ko.CLOSED, ["opensAt"], "ko")).toContain("(월) 08:00에 다시 엽니다");
    expect(said(en.CODE_LOCKED, [], "en")).toContain("in 2 s");
});
