// Placing an order exactly once, whatever is tapped twice or cut. An order has one request id from the
// moment it is sent until its answer is known, and it is kept where a reload finds it. The box answers
// the same id as it did before, so that asking again is never ordering again.
import type { RequestOf } from "../log/methods.ts";
import { Refusal } from "../log/refusal.ts";

export type OrderWish = RequestOf<"OrderService/PlaceOrder">;

/** What the kiosk shows of an order that was placed. */
export interface Receipt {
    orderId: string;
    dailyNum: number;
    totalAmount: number;
    payType: string;
    orderToken: string;
}

export type PlacingState =
    | { kind: "idle" }
    /** On its way; `isLate`: an answer is overdue, and it is asked again. */
    | { kind: "sending"; isLate: boolean; isGivenUp: boolean }
    | { kind: "placed"; receipt: Receipt }
    /** Nothing was ordered, and nothing is on its way. */
    | { kind: "refused"; refusal: Refusal };

interface Kept {
    wish: OrderWish;
    isGivenUp: boolean;
}

/** The world around it. */
export interface PlacingWorld {
    place(wish: OrderWish): Promise<Receipt>;
    /** Takes an order back that nobody waits for any more. */
    cancel(receipt: Receipt): Promise<void>;
    /** Until it is worth asking again. */
    pause(attempt: number): Promise<void>;
    keep(text: string | undefined): void;
    kept(): string | undefined;
    told(state: PlacingState): void;
}

/** The box may have done it, or not: with these it did not say. */
const UNKNOWN: readonly string[] = [
    ...["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN", "DATA_LOSS"],
];
/** It did nothing, and the same may be asked again. */
const AGAIN: readonly string[] = ["BUSY", "DAY_CLOSED"];

export class Placing {
    readonly #world: PlacingWorld;
    #state: PlacingState = { kind: "idle" };
    #isGivenUp = false;

    constructor(world: PlacingWorld) {
        this.#world = world;
    }

    /** Sends an order; a second time while the first is on its way does nothing. */
    place(wish: OrderWish): void {
        if (this.#state.kind === "sending") return;
        this.#begin(wish, false, false);
    }

    /** Goes on with what a reload interrupted. */
    resume(): void {
        const kept = parse(this.#world.kept());
        if (kept !== undefined && this.#state.kind !== "sending") {
            this.#begin(kept.wish, kept.isGivenUp, true);
        }
    }

    /** Its customer does not wait any more: if it turns out to be placed, it is taken back. */
    giveUp(): void {
        if (this.#state.kind !== "sending") return;
        this.#isGivenUp = true;
        const kept = parse(this.#world.kept());
        if (kept !== undefined) this.#keep(kept.wish, true);
        this.#tell({ ...this.#state, isGivenUp: true });
    }

    /** The answer was read: the next order may come. */
    done(): void {
        if (this.#state.kind !== "sending") this.#tell({ kind: "idle" });
    }

    #begin(wish: OrderWish, isGivenUp: boolean, isLate: boolean): void {
        this.#isGivenUp = isGivenUp;
        this.#keep(wish, isGivenUp);
        this.#tell({ kind: "sending", isLate, isGivenUp });
        void this.#untilKnown(wish);
    }

    async #untilKnown(wish: OrderWish): Promise<void> {
        for (let attempt = 0; ; attempt += 1) {
            try {
                const receipt = await this.#world.place(wish);
                if (this.#isGivenUp) await this.#world.cancel(receipt);
                this.#world.keep(undefined);
                this.#tell(this.#isGivenUp ? { kind: "idle" } : { kind: "placed", receipt });
                return;
            } catch (error) {
                if (isKnown(error)) {
                    this.#world.keep(undefined);
                    this.#tell(
                        this.#isGivenUp ? { kind: "idle" } : { kind: "refused", refusal: error },
                    );
                    return;
                }
            }
            this.#tell({ kind: "sending", isLate: true, isGivenUp: this.#isGivenUp });
            await this.#world.pause(attempt);
        }
    }

    /** A PIN is written nowhere. Who comes back without it is answered if the order is placed, and else
     * asked for it. */
    #keep(wish: OrderWish, isGivenUp: boolean): void {
        const { cellPin: _, ...rest } = wish;
        this.#world.keep(JSON.stringify({ wish: rest, isGivenUp } satisfies Kept));
    }

    #tell(state: PlacingState): void {
        this.#state = state;
        this.#world.told(state);
    }
}

function isKnown(error: unknown): error is Refusal {
    if (!(error instanceof Refusal)) return false;
    return !UNKNOWN.includes(error.code) && !AGAIN.includes(error.reason);
}

function parse(text: string | undefined): Kept | undefined {
    if (text === undefined) return undefined;
    try {
        const kept = JSON.parse(text) as Kept;
        return typeof kept.wish.requestId === "string" ? kept : undefined;
    } catch {
        return undefined;
    }
}
