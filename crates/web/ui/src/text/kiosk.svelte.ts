// The kiosk's texts: a table of their own, that the other screens do not load.
import { language } from "./index.svelte.ts";
import { en } from "./kiosk.en.ts";
import { ko, type KioskWords } from "./kiosk.ko.ts";

const TABLES = { ko, en } satisfies Record<string, KioskWords>;

/** The kiosk's texts, in the language that is spoken. */
export function kioskWords(): KioskWords {
    return TABLES[language.current];
}
