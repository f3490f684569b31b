// The admin's texts, in a table of their own, so that no other screen loads them.
import { adminEn } from "./admin/index.en.ts";
import { adminKo, type AdminWords } from "./admin/index.ko.ts";
import { language } from "./index.svelte.ts";

const TABLES = { ko: adminKo, en: adminEn } satisfies Record<string, AdminWords>;

export function adminWords(): AdminWords {
    return TABLES[language.current];
}
