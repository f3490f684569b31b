import type { Log } from "../log/log.svelte.ts";
import type { Order } from "../log/wire.ts";
import { Actions } from "./actions.svelte.ts";
import { agesOf, limitsOf, type Age } from "./age.ts";
import { Attention } from "./attention.svelte.ts";
import type { Mark } from "./marks.ts";
import { cardOf, cardsOf, finishedOf, type Card, type View } from "./view.ts";

/** Of the recall list. */
const FINISHED_MAX = 12;

/** What a kitchen screen shows, all of it from the log. */
export class Kitchen {
    readonly attention: Attention;
    readonly actions: Actions;
    readonly cards = $derived.by(() => {
        const all = [...this.log.state.orders.values()].map((order) => this.#cardOf(order));
        return cardsOf(all, this.view, (card) => this.attention.isVoided(card));
    });
    /** Those that wait to be handed over, on a screen that makes and hands over. */
    readonly ready = $derived.by(() =>
        this.view.isExpo || this.view.station !== ""
            ? []
            : [...this.log.state.orders.values()].filter((order) => order.status === "READY"),
    );
    /** By order: what nobody here has noticed. */
    readonly unseen = $derived.by(() => {
        const unseen = new Map<string, Mark[]>();
        for (const card of this.cards) {
            const marks = this.attention.unseen(card);
            if (marks.length > 0) unseen.set(card.order.orderId, marks);
        }
        return unseen;
    });
    /** Orders with something about them that somebody has to say to have seen. */
    readonly changed = $derived.by(() =>
        [...this.unseen]
            .filter(([, marks]) => marks.some(({ kind }) => kind === "void" || kind === "changed"))
            .map(([orderId]) => orderId),
    );
    readonly finished = $derived.by(() =>
        finishedOf(this.log.state.orders.values(), this.view, FINISHED_MAX),
    );
    readonly stations = $derived.by(() =>
        (this.log.state.settings.get("stations") ?? "").split(","),
    );

    /** So that a card whose order has not changed is the same, and is not drawn again. */
    readonly #known = new WeakMap<Order, Card>();

    constructor(
        readonly log: Log,
        readonly view: View,
    ) {
        this.attention = new Attention(view);
        this.actions = new Actions(log, view, this.attention);
    }

    /** None: the order is not in the working set any more. */
    cardOf(orderId: string): Card | undefined {
        const order = this.log.state.orders.get(orderId);
        return order === undefined ? undefined : this.#cardOf(order);
    }

    /** How many seconds ago that was, by the box's clock. */
    secondsSince(time: string): number {
        return Math.max(0, Math.floor((this.log.now - Date.parse(time)) / 1000));
    }

    /** By line: how long what is to be made here has waited. */
    agesOf(card: Card): Map<number, Age> {
        const cafe = {
            warnMinutes: this.#minutes("kitchen_warn_minutes", 5),
            lateMinutes: this.#minutes("kitchen_late_minutes", 8),
        };
        const { menu } = this.log.state;
        return agesOf(card, ({ menuId }) => limitsOf(menu.get(menuId), cafe), this.log.now);
    }

    #minutes(key: string, otherwise: number): number {
        return Number(this.log.state.settings.get(key)) || otherwise;
    }

    #cardOf(order: Order): Card {
        const known = this.#known.get(order);
        if (known !== undefined) return known;
        const card = cardOf(order, this.view);
        this.#known.set(order, card);
        return card;
    }
}
