import { recall, remember } from "./memory.ts";

/** `system` is what the device says. */
export type Theme = "system" | "light" | "dark";

const THEMES: readonly string[] = ["system", "light", "dark"];

class Themes {
    /** By `?theme=`, else as it was chosen last. */
    current = $state<Theme>(named(new URLSearchParams(location.search).get("theme")));

    constructor() {
        this.#show();
    }

    choose(theme: Theme): void {
        this.current = theme;
        remember("theme", theme);
        this.#show();
    }

    /** From what it looks like now to the other one. */
    toggle(): void {
        const isDark =
            this.current === "system"
                ? matchMedia("(prefers-color-scheme: dark)").matches
                : this.current === "dark";
        this.choose(isDark ? "light" : "dark");
    }

    #show(): void {
        if (this.current === "system") delete document.documentElement.dataset["theme"];
        else document.documentElement.dataset["theme"] = this.current;
    }
}

export const theme = new Themes();

function named(said: string | null): Theme {
    const name = said ?? recall<string>("theme", "system");
    return THEMES.includes(name) ? (name as Theme) : "system";
}
