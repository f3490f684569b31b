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

/** What a reload goes on with: an order on its way, or a number that was not read yet. */
type Kept = { wish: OrderWish; isGivenUp: boolean } | { receipt: Receipt };

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
const AGAIN: readonly string[] = ["BUSY", "DAY_CLOSED", "TOO_OFTEN"];

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
        if (kept === undefined || this.#state.kind === "sending") return;
        if ("wish" in kept) this.#begin(kept.wish, kept.isGivenUp, true);
        else this.#tell({ kind: "placed", receipt: kept.receipt });
    }

    /** Its customer does not wait any more: if it turns out to be placed, it is taken back. */
    giveUp(): void {
        if (this.#state.kind !== "sending" || this.#isGivenUp) return;
        this.#isGivenUp = true;
        const kept = parse(this.#world.kept());
        if (kept !== undefined && "wish" in kept) this.#keep(kept.wish, true);
        this.#tell({ ...this.#state, isGivenUp: true });
    }

    /** The answer was read: the next order may come. */
    done(): void {
        if (this.#state.kind === "sending") return;
        this.#over();
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
                return this.#placed(receipt);
            } catch (error) {
                if (isKnown(error)) return this.#refused(error);
            }
            this.#tell({ kind: "sending", isLate: true, isGivenUp: this.#isGivenUp });
            await this.#world.pause(attempt);
        }
    }

    #placed(receipt: Receipt): void {
        if (this.#isGivenUp) return this.#over();
        this.#world.keep(JSON.stringify({ receipt } satisfies Kept));
        this.#tell({ kind: "placed", receipt });
    }

    #refused(refusal: Refusal): void {
        if (this.#isGivenUp) return this.#over();
        this.#world.keep(undefined);
        this.#tell({ kind: "refused", refusal });
    }

    #over(): void {
        this.#world.keep(undefined);
        this.#tell({ kind: "idle" });
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
        return "wish" in kept || "receipt" in kept ? kept : undefined;
    } catch {
        return undefined;
    }
}
