import type { Refusal } from "../log/refusal.ts";

/** What a refusal is about, as a language writes it. What the box left out is empty. */
export class Facts {
    constructor(
        private readonly refusal: Refusal,
        private readonly language: string,
        /** The shop's; without it the device's own. */
        private readonly timeZone?: string,
    ) {}

    text(name: string): string {
        return this.refusal.facts[name] ?? "";
    }

    number(name: string): string {
        const value = this.text(name);
        return value === "" ? "" : Number(value).toLocaleString(this.language);
    }

    /** With the day of the week, for it may be another one. */
    time(name: string): string {
        const at = this.text(name);
        if (at === "") return "";
        const zone = this.timeZone === undefined ? {} : { timeZone: this.timeZone };
        return new Date(at).toLocaleString(this.language, {
            ...{ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
            ...zone,
        });
    }

    /** As the box says it: which fields are wrong, and why. */
    get problem(): string {
        return this.refusal.message;
    }

    /** To be waited before the next try. */
    get seconds(): number {
        return Math.ceil(this.refusal.retryAfterMs / 1000);
    }
}

/** What is said of a reason; by its facts, where there are some worth saying. */
export type Said = string | ((facts: Facts) => string);
