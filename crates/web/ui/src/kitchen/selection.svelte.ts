import { SvelteMap } from "svelte/reactivity";
import type { Card } from "./view.ts";

/** Keys 1 to 9. */
const DIGITS = 9;
/** A touch so soon after a card has come under the finger was meant for the one before it. */
const MOVED_MS = 350;
/** After so long nobody looks at a later page any more, and the first one is what matters. */
const FIRST_PAGE_AFTER_MS = 20_000;

/** Where a card is, in pixels from the first one, and on which page. */
export interface Place {
    left: number;
    top: number;
    page: number;
}

/** Which page of the cards is shown, and which card a keyboard or bump bar works on. */
export class Selection {
    page = $state(0);
    pages = $state(1);
    /** On the pages after this one. */
    more = $state(0);
    orderId = $state("");
    /** Of the selected card; -1: the card as a whole. */
    line = $state(-1);
    readonly #digits = new SvelteMap<string, number>();
    #cards: Card[] = [];
    #pageOf: number[] = [];
    #hidden = 0;
    /** By order: where its card is, and since when it is there. */
    #places = new Map<string, { place: string; since: number }>();
    #timer: number | undefined;

    /** The cards, where each has come to be, and how many there are with those not drawn. */
    laidOut(cards: Card[], places: Place[], count: number): void {
        const pageOf = places.map(({ page }) => page);
        [this.#cards, this.#pageOf, this.#hidden] = [cards, pageOf, count - cards.length];
        this.#note(places);
        this.pages = 1 + Math.max(0, ...pageOf);
        this.page = Math.min(this.page, this.pages - 1);
        if (!cards.some(({ order }) => order.orderId === this.orderId)) this.clear();
        this.#count();
    }

    get visible(): Card[] {
        return this.#cards.filter((_, nth) => this.#pageOf[nth] === this.page);
    }

    get card(): Card | undefined {
        return this.#cards.find(({ order }) => order.orderId === this.orderId);
    }

    /** 0: no key selects it. */
    digitOf({ order }: Card): number {
        return this.#digits.get(order.orderId) ?? 0;
    }

    select(card: Card): void {
        const isAgain = this.orderId === card.order.orderId;
        this.clear();
        if (!isAgain) this.orderId = card.order.orderId;
    }

    selectDigit(digit: number): void {
        const card = this.visible[digit - 1];
        if (card !== undefined && card.order.orderId !== this.orderId) this.select(card);
    }

    /** Down the lines of the selected card, and up to the card as a whole. */
    moveLine(by: 1 | -1): void {
        const last = (this.card?.lines.length ?? 0) - 1;
        this.line = Math.max(-1, Math.min(last, this.line + by));
    }

    /** Of an order's card; -1: it is not drawn. */
    pageOf(orderId: string): number {
        return this.#pageOf[this.#cards.findIndex(({ order }) => order.orderId === orderId)] ?? -1;
    }

    /** It has come from elsewhere just now: whoever touches it may have meant what was there. */
    hasJustMoved({ order }: Card): boolean {
        const since = this.#places.get(order.orderId)?.since ?? -MOVED_MS;
        return performance.now() - since < MOVED_MS;
    }

    goTo(orderId: string): void {
        const page = this.pageOf(orderId);
        if (page >= 0) this.#show(page);
    }

    turn(by: 1 | -1): void {
        this.#show(this.page + by);
    }

    /** Somebody is at the screen: it stays where it is for a while. */
    touched(): void {
        window.clearTimeout(this.#timer);
        if (this.page === 0) return;
        this.#timer = window.setTimeout(() => this.#show(0), FIRST_PAGE_AFTER_MS);
    }

    clear(): void {
        [this.orderId, this.line] = ["", -1];
    }

    #show(page: number): void {
        this.page = Math.max(0, Math.min(this.pages - 1, page));
        this.#count();
        this.touched();
    }

    /** A card that is new has not moved. */
    #note(places: Place[]): void {
        const [now, known] = [performance.now(), this.#places];
        const entries = this.#cards.map(({ order }, nth) => {
            const place = `${places[nth]?.left} ${places[nth]?.top}`;
            const before = known.get(order.orderId) ?? { place, since: -MOVED_MS };
            return [
                order.orderId,
                before.place === place ? before : { place, since: now },
            ] as const;
        });
        this.#places = new Map(entries);
    }

    #count(): void {
        this.more = this.#hidden + this.#pageOf.filter((page) => page > this.page).length;
        const digits = new Map(
            this.visible
                .slice(0, DIGITS)
                .map(({ order }, nth) => [order.orderId, nth + 1] as const),
        );
        for (const known of [...this.#digits.keys()]) {
            if (!digits.has(known)) this.#digits.delete(known);
        }
        for (const [orderId, digit] of digits) this.#digits.set(orderId, digit);
    }
}
