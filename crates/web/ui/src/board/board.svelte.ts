import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Log } from "../log/log.svelte.ts";
import { sound } from "../shared/sound.svelte.ts";
import { words } from "../text/index.svelte.ts";
import { numbersOf } from "./numbers.ts";

const CLEAR_MINUTES = 10;
/** So long a number flashes that was called. */
export const FLASH_MS = 12_000;
const ESTIMATES_EVERY_MS = 15_000;
/** The queue moves with every bump; it is asked once after several. */
const ESTIMATES_AFTER_MS = 2_000;

/** What the address of a board may say: `?clear=<minutes>&speak=1`. */
export interface Wishes {
    clearMinutes: number;
    speaks: boolean;
}

export function wishesOf(query: URLSearchParams): Wishes {
    const clear = Number(query.get("clear"));
    return {
        clearMinutes: clear > 0 ? clear : CLEAR_MINUTES,
        speaks: query.get("speak") === "1",
    };
}

/** What the board shows, and what it calls out. */
export class Board {
    readonly numbers = $derived.by(() => {
        return numbersOf(
            this.#log.state.orders.values(),
            this.#log.now,
            this.#wishes.clearMinutes * 60_000,
        );
    });

    /** By order: when it was called, in milliseconds since the page was opened. */
    readonly called = new SvelteMap<string, number>();
    /** Those that were ready, and are made again. */
    readonly again = new SvelteSet<string>();
    /** By order: seconds that it will take. */
    readonly estimates = new SvelteMap<string, number>();

    readonly #log: Log;
    readonly #wishes: Wishes;
    /** Those that were ready at the last look; none before there was one. */
    #known: Set<string> | undefined;

    constructor(log: Log, wishes: Wishes) {
        [this.#log, this.#wishes] = [log, wishes];
    }

    /** Calls those that have become ready since the last look. What is ready at the first one was called before. */
    callNewOnes(): void {
        if (!this.#log.isFilled) return;
        const ready = new Map(this.numbers.ready.map((order) => [order.orderId, order]));
        const known = this.#known ?? new Set(ready.keys());
        this.#known = new Set(ready.keys());
        const fresh = [...ready.values()].filter((order) => !known.has(order.orderId));
        for (const id of known) {
            if (!ready.has(id)) this.#left(id);
        }
        if (fresh.length === 0) return;
        sound.play("ready");
        for (const { orderId, dailyNum } of fresh) {
            this.called.set(orderId, performance.now());
            this.again.delete(orderId);
            if (this.#wishes.speaks) speak(words().board.spoken(dailyNum));
        }
    }

    /** Asks how long it will take, while anything is to be made. What it returns ends that. */
    followEstimates(): () => void {
        let timer = 0;
        const soon = () => {
            clearTimeout(timer);
            timer = window.setTimeout(() => void ask(), ESTIMATES_AFTER_MS);
        };
        const ask = async () => {
            clearTimeout(timer);
            timer = window.setTimeout(() => void ask(), ESTIMATES_EVERY_MS);
            if (this.numbers.preparing.length === 0) return this.estimates.clear();
            const answer = await this.#log.call("QueueService/GetQueue", {}).catch(() => undefined);
            // There are the estimates of before, or none.
            if (answer === undefined) return soon();
            this.estimates.clear();
            for (const { orderId = "", estimatedWaitSeconds = 0 } of answer.entries ?? []) {
                if (estimatedWaitSeconds > 0) this.estimates.set(orderId, estimatedWaitSeconds);
            }
        };
        const unlisten = this.#log.listen(({ event }) => {
            if (event.startsWith("order:")) soon();
        });
        soon();
        return () => {
            clearTimeout(timer);
            unlisten();
        };
    }

    /** It is not ready any more: collected, cleared, cancelled, or made again. */
    #left(orderId: string): void {
        this.called.delete(orderId);
        const status = this.#log.state.orders.get(orderId)?.status;
        if (status === "PENDING" || status === "MAKING") this.again.add(orderId);
        else this.again.delete(orderId);
    }
}

function speak(text: string): void {
    const speech = new SpeechSynthesisUtterance(text);
    speech.lang = document.documentElement.lang;
    speech.rate = 0.9;
    window.speechSynthesis?.speak(speech);
}
