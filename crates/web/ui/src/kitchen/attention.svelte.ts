import { SvelteMap } from "svelte/reactivity";
import { recall, remember } from "../shared/memory.ts";
import { sound } from "../shared/sound.svelte.ts";
import { KINDS, marksOf, type Kind, type Mark } from "./marks.ts";
import type { Card, View } from "./view.ts";

/** How often a sound repeats until what it is about was seen. */
const REPEAT_MS = 6_000;

/**
 * What people at this screen have noticed. It is remembered on the device, so that a reload forgets
 * no void; of what the screen shows for the first time only that it is new is to be noticed.
 */
export class Attention {
    /** By order: the keys of the marks that were seen. An order that was never shown is not in it. */
    readonly #seen: SvelteMap<string, ReadonlySet<string>>;
    readonly #view: View;
    readonly #memory: string;

    constructor(view: View) {
        this.#view = view;
        this.#memory = `kitchen.seen.${view.isExpo ? "expo" : view.station}`;
        const known = Object.entries(recall<Record<string, string[]>>(this.#memory, {}));
        this.#seen = new SvelteMap(known.map(([orderId, keys]) => [orderId, new Set(keys)]));
    }

    /** What nobody has noticed yet. */
    unseen(card: Card): Mark[] {
        const seen = this.#seen.get(card.order.orderId);
        if (seen === undefined) return [];
        return marksOf(card, this.#view).filter(({ key }) => !seen.has(key));
    }

    /** Whether something other than that it is new was not noticed. */
    isChanged(card: Card): boolean {
        return this.unseen(card).some(({ kind }) => kind === "void" || kind === "changed");
    }

    /** Whether something was taken back that people here may be making. */
    isVoided(card: Card): boolean {
        return this.unseen(card).some(({ kind }) => kind === "void");
    }

    /** They are on the screen: what happens to them from now on has to be noticed. */
    shown(cards: Card[]): void {
        const news = cards.filter(({ order }) => !this.#seen.has(order.orderId));
        for (const card of news) {
            const old = marksOf(card, this.#view).filter(
                ({ kind }) => kind !== "new" && kind !== "ready",
            );
            this.#seen.set(card.order.orderId, new Set(old.map(({ key }) => key)));
        }
        if (news.length > 0) this.#remember();
    }

    /** Somebody has seen all about this card. */
    acknowledge(card: Card): void {
        this.#seen.set(
            card.order.orderId,
            new Set(marksOf(card, this.#view).map(({ key }) => key)),
        );
        this.#remember();
    }

    /** Somebody touched the screen, and so knows that there is something new. Changes stay marked. */
    touched(cards: Card[]): void {
        let isNews = false;
        for (const card of cards) {
            const unseen = this.unseen(card).filter(
                ({ kind }) => kind === "new" || kind === "ready",
            );
            if (unseen.length === 0) continue;
            const seen = this.#seen.get(card.order.orderId) ?? [];
            this.#seen.set(card.order.orderId, new Set([...seen, ...unseen.map(({ key }) => key)]));
            isNews = true;
        }
        if (isNews) this.#remember();
    }

    /** What nobody can do or see anything more about is forgotten. */
    forget(cardOf: (orderId: string) => Card | undefined): void {
        for (const orderId of [...this.#seen.keys()]) {
            const card = cardOf(orderId);
            const isOver = card === undefined || card.order.status === "COMPLETED";
            if (isOver || (card.order.status === "CANCELLED" && !this.isVoided(card))) {
                this.#seen.delete(orderId);
            }
        }
    }

    #remember(): void {
        const all = [...this.#seen].map(([orderId, keys]) => [orderId, [...keys]] as const);
        remember(this.#memory, Object.fromEntries(all));
    }
}

/** Says what has to be noticed, at once and again until it was. */
export class Alarm {
    #keys = new Set<string>();
    /** What is repeated now. */
    #again: Kind | undefined;
    #timer: number | undefined;

    /** `marks` by order: all that was not noticed. */
    hear(marks: ReadonlyMap<string, Mark[]>): void {
        const all = [...marks].flatMap(([id, list]) => list.map((mark) => ({ ...mark, id })));
        const fresh = all.filter(({ id, key }) => !this.#keys.has(`${id} ${key}`));
        this.#keys = new Set(all.map(({ id, key }) => `${id} ${key}`));
        const [first] = urgent(fresh);
        const [again] = urgent(all);
        if (first !== undefined) sound.play(first);
        // What happens meanwhile must not put the next time off, again and again.
        else if (again === this.#again) return;
        window.clearInterval(this.#timer);
        this.#again = again;
        if (again !== undefined) {
            this.#timer = window.setInterval(() => sound.play(again), REPEAT_MS);
        }
    }

    stop(): void {
        window.clearInterval(this.#timer);
    }
}

function urgent(marks: Mark[]): Kind[] {
    return KINDS.filter((kind) => marks.some((mark) => mark.kind === kind));
}
