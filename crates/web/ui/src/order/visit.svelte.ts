import { Log } from "../log/log.svelte.ts";
import type { Order, QueuePlace } from "../log/wire.ts";
import { attempt } from "../shared/attempt.ts";
import { sound } from "../shared/sound.svelte.ts";

const CALL_EVERY_MS = 5_000;
/** A phone that nobody takes out of the pocket falls silent after a minute. */
const CALLS_MAX = 12;
const VIBRATION_MS = [400, 150, 400, 150, 800];

/** What a customer sees of one order. */
export class Visit {
    readonly log: Log;
    readonly orderId: string;
    readonly order: Order | undefined = $derived.by(() => this.log.state.orders.get(this.orderId));
    readonly place: QueuePlace | undefined = $derived.by(() =>
        this.log.state.places.get(this.orderId),
    );
    /** Somebody is going to come. */
    readonly hasRung = $derived.by(() =>
        [...this.log.state.bells.values()].some((bell) => bell.orderId === this.orderId),
    );
    isBusy = $state(false);
    #timer: number | undefined;

    constructor(orderId: string, token: string) {
        this.orderId = orderId;
        this.log = new Log({ rooms: [`order_${orderId}`, "settings", "menu"], token });
    }

    /** Where it is in the line as of now; how it moves from here on is told. */
    async askPlace(): Promise<void> {
        const { orderId } = this;
        const answer = await this.log
            .call("QueueService/GetStatus", { orderId })
            .catch(() => undefined);
        // Without an answer it is asked again when the connection is back, or told when it moves.
        if (answer === undefined) return;
        this.log.state.places.set(orderId, {
            orderId,
            position: answer.position ?? 0,
            ahead: answer.ahead ?? 0,
            estimatedWaitSeconds: answer.estimatedWaitSeconds ?? 0,
            earliestWaitSeconds: answer.earliestWaitSeconds ?? 0,
            latestWaitSeconds: answer.latestWaitSeconds ?? 0,
            ...{ ticketId: "", isAdmitted: false, isOver: false },
        });
    }

    cancel(reason: string): Promise<void> {
        return this.#do(() =>
            this.log.change("OrderService/CancelOrder", { orderId: this.orderId, reason }),
        );
    }

    ring(): Promise<void> {
        return this.#do(() =>
            this.log.change("MessageService/RingBell", { orderId: this.orderId }),
        );
    }

    /** Calls its owner again and again, until it is touched. */
    callOwner(): void {
        this.touched();
        let calls = 0;
        const call = () => {
            calls += 1;
            sound.play("ready");
            navigator.vibrate?.(VIBRATION_MS);
            if (calls >= CALLS_MAX) this.touched();
        };
        this.#timer = window.setInterval(call, CALL_EVERY_MS);
        call();
    }

    touched(): void {
        window.clearInterval(this.#timer);
    }

    async #do(what: () => Promise<unknown>): Promise<void> {
        if (this.isBusy) return;
        this.isBusy = true;
        await attempt(what);
        this.isBusy = false;
    }
}
