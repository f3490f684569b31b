import { SvelteSet } from "svelte/reactivity";
import type { Log } from "../log/log.svelte.ts";
import { standing } from "../log/state.ts";
import type { Bell, Line, Order } from "../log/wire.ts";
import { attempt } from "../shared/attempt.ts";
import { toasts } from "../shared/toasts.svelte.ts";
import { words } from "../text/index.svelte.ts";
import type { Attention } from "./attention.svelte.ts";
import { openStations, type Card, type View } from "./view.ts";

const UNDO_MAX = 20;

interface Step {
    label: string;
    undo: () => Promise<unknown>;
}

/** What people do at a kitchen screen. One thing at a time for each order, and each can be undone. */
export class Actions {
    /** Orders whose answer has not come yet. */
    readonly busy = new SvelteSet<string>();
    /** The last one last. */
    steps = $state.raw<readonly Step[]>([]);

    readonly #log: Log;
    readonly #view: View;
    readonly #attention: Attention;

    constructor(log: Log, view: View, attention: Attention) {
        [this.#log, this.#view, this.#attention] = [log, view, attention];
    }

    /** What one does with a whole card: first its changes are seen, then it is done. */
    bump(card: Card): void {
        if (this.#attention.isChanged(card)) return this.#attention.acknowledge(card);
        const { order } = card;
        this.#attention.acknowledge(card);
        if (this.#view.isExpo && order.status === "READY") return this.handOver(order);
        if (this.#view.isExpo && openStations(order).length > 0) {
            const stations = openStations(order).map(words().kitchen.station).join(", ");
            return toasts.show("warning", words().kitchen.waitsFor(order.dailyNum, stations));
        }
        this.#bumpLines(order, this.#view.station === "" ? {} : { station: this.#view.station });
    }

    /** A line is done, or waits again. */
    toggle(card: Card, line: Line): void {
        if (line.status === "CANCELLED") return this.#attention.acknowledge(card);
        const { order } = card;
        if (line.status === "WAITING") this.#bumpLines(order, { lineIds: [line.lineId] });
        else this.#recallLines(order, [line.lineId]);
    }

    /** Its customer has it. */
    handOver(order: Order): void {
        const { orderId, dailyNum } = order;
        void this.#do(order, async () => {
            await this.#log.change("OrderService/SetOrderStatus", { orderId, status: "COMPLETED" });
            this.#can(words().kitchen.undoHandOver(dailyNum), () =>
                this.#log.change("OrderService/RecallOrder", { orderId }),
            );
        });
    }

    /** Takes back what this screen has finished of an order. */
    recall(order: Order): void {
        if (this.#view.isExpo && order.status === "COMPLETED") {
            const { orderId } = order;
            void this.#do(order, () => this.#log.change("OrderService/RecallOrder", { orderId }));
            return;
        }
        const { station } = this.#view;
        const lines = standing(order).filter((line) => station === "" || line.station === station);
        this.#recallLines(
            order,
            lines.filter((line) => line.status === "DONE").map((line) => line.lineId),
        );
    }

    hurry(order: Order): void {
        const { orderId, isPriority } = order;
        void this.#do(order, () =>
            this.#log.change("OrderService/SetPriority", { orderId, isPriority: !isPriority }),
        );
    }

    /** Somebody goes to the table that rang. */
    answer({ bellId }: Bell): void {
        const answeredBy = words().kitchen.nameOf(this.#view.station, this.#view.isExpo);
        void attempt(() => this.#log.change("MessageService/AnswerBell", { bellId, answeredBy }));
    }

    /** Takes the last step back. */
    undo(): void {
        const step = this.steps.at(-1);
        if (step === undefined) return;
        this.steps = this.steps.slice(0, -1);
        void attempt(step.undo);
    }

    #bumpLines(order: Order, which: { station?: string; lineIds?: number[] }): void {
        const { orderId, dailyNum } = order;
        void this.#do(order, async () => {
            const { change } = await this.#log.change("OrderService/BumpLines", {
                orderId,
                ...which,
            });
            const lineIds = (change?.lines ?? []).map(({ lineId = 0 }) => lineId);
            if (lineIds.length === 0) return;
            this.#can(words().kitchen.undoBump(dailyNum), () =>
                this.#log.change("OrderService/RecallLines", { orderId, lineIds }),
            );
        });
    }

    #recallLines(order: Order, lineIds: number[]): void {
        const { orderId } = order;
        if (lineIds.length === 0) return;
        void this.#do(order, () =>
            this.#log.change("OrderService/RecallLines", { orderId, lineIds }),
        );
    }

    #can(label: string, undo: () => Promise<unknown>): void {
        this.steps = [...this.steps, { label, undo }].slice(-UNDO_MAX);
    }

    /** A second tap while the first one is on its way is none. */
    async #do(order: Order, what: () => Promise<unknown>): Promise<void> {
        if (this.busy.has(order.orderId)) return;
        this.busy.add(order.orderId);
        await attempt(what);
        this.busy.delete(order.orderId);
    }
}
