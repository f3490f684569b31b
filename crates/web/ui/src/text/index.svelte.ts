import { recall, remember } from "../shared/memory.ts";
import { en } from "./en.ts";
import { ko, type Words } from "./ko.ts";

const TABLES = { ko, en } satisfies Record<string, Words>;

export type Language = keyof typeof TABLES;

class Languages {
    /** By `?lang=`, else as it was chosen last, else as the browser has it. */
    current = $state<Language>(first());

    choose(language: Language): void {
        this.current = language;
        remember("language", language);
        document.documentElement.lang = language;
    }

    /** To the next one. */
    toggle(): void {
        this.choose(this.other);
    }

    /** Of two, the one that is not spoken. */
    get other(): Language {
        return this.current === "ko" ? "en" : "ko";
    }
}

export const language = new Languages();

/** All texts, in the language that is spoken. */
export function words(): Words {
    return TABLES[language.current];
}

/** All texts in the other language, for what is said in both. */
export function otherWords(): Words {
    return TABLES[language.other];
}

function first(): Language {
    const wished = new URLSearchParams(location.search).get("lang");
    const all = [wished, recall<string | null>("language", null), ...navigator.languages];
    for (const tag of all) {
        const name = tag?.split("-")[0];
        if (name === "ko" || name === "en") return name;
    }
    return "ko";
}
