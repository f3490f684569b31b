import { Refusal } from "../log/refusal.ts";
import { Facts, type Said } from "../text/facts.ts";
import { language, words } from "../text/index.svelte.ts";
import { refusalsEn } from "../text/refusals.en.ts";
import { refusalsKo, type Refusals } from "../text/refusals.ko.ts";

const TABLES = { ko: refusalsKo, en: refusalsEn } satisfies Record<string, Refusals>;

/** Why something was not done, in the language of the screen. */
export function problemOf(error: unknown, timeZone?: string): string {
    if (!(error instanceof Refusal)) return String(error);
    const said = wordsFor(error);
    if (typeof said === "function") return said(new Facts(error, language.current, timeZone));
    if (said !== undefined) return said;
    // A box that is newer than this page has words of its own.
    return error.isUnanswered ? words().common.noAnswer : error.message;
}

function wordsFor({ code, reason, facts }: Refusal): Said | undefined {
    const { reasons, missing } = TABLES[language.current];
    if (code === "INTERNAL") return words().common.failed;
    return look(missing, facts["resourceType"]) ?? look(reasons, reason);
}

function look(table: Readonly<Record<string, Said>>, word = ""): Said | undefined {
    return table[word];
}
