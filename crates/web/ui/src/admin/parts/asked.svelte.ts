import type { Log } from "../../log/log.svelte.ts";
import { problemOf } from "../../shared/problem.ts";

/** What the box is asked for, and once more whenever that helps. */
export class Asked<T> {
    value = $state.raw<T>();
    problem = $state("");
    readonly #ask: () => Promise<T>;
    #nth = 0;

    constructor(ask: () => Promise<T>) {
        this.#ask = ask;
    }

    async load(): Promise<void> {
        this.#nth += 1;
        const nth = this.#nth;
        try {
            const value = await this.#ask();
            // Whoever asked last gets the answer.
            if (nth === this.#nth) [this.value, this.problem] = [value, ""];
        } catch (error) {
            if (nth === this.#nth) this.problem = problemOf(error);
        }
    }
}

/** Events that come together are one reason to ask. */
const PAUSE_MS = 300;

/** Calls when something of these kinds has happened, such as `device:`. What it returns ends that. */
export function whenever(log: Log, kinds: readonly string[], what: () => void): () => void {
    let timer: number | undefined;
    const stop = log.listen(({ event }) => {
        if (timer !== undefined || !kinds.some((kind) => event.startsWith(kind))) return;
        timer = window.setTimeout(() => {
            timer = undefined;
            what();
        }, PAUSE_MS);
    });
    return () => {
        stop();
        window.clearTimeout(timer);
    };
}

/** Calls now and every so often, while the page is looked at. What it returns ends that. */
export function every(ms: number, what: () => void): () => void {
    what();
    const timer = window.setInterval(() => {
        if (document.visibilityState === "visible") what();
    }, ms);
    return () => window.clearInterval(timer);
}
