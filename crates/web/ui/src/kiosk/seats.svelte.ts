import type { Log } from "../log/log.svelte.ts";
import type { Seat } from "../log/wire.ts";
import { Refusal } from "../log/refusal.ts";
import { kioskWords } from "../text/kiosk.svelte.ts";
import { kioskName } from "./access.svelte.ts";

/** How often a hold is prolonged within the time that it lasts. */
const PROLONGED = 3;

/** The seat that is held for the one who orders. */
export class SeatChoice {
    seatId = $state("");
    /** Why the seat that was wanted is not to be had; empty: nothing was refused. */
    problem = $state("");
    isBusy = $state(false);

    readonly #log: Log;
    #prolong: ReturnType<typeof setInterval> | undefined;

    constructor(log: Log) {
        this.#log = log;
        log.listen((event) => {
            const isOurs = event.event === "seat:released" && event.data.seatId === this.seatId;
            if (!isOurs || this.isBusy) return;
            this.#forget();
            this.problem = kioskWords().seat.lost;
        });
    }

    get seat(): Seat | undefined {
        return this.#log.state.seats.get(this.seatId);
    }

    stateOf(seat: Seat): "free" | "mine" | "held" | "taken" {
        if (seat.seatId === this.seatId) return "mine";
        if (seat.status === "FREE") return "free";
        if (seat.status === "HELD") return seat.holder === kioskName ? "free" : "held";
        return "taken";
    }

    /** Holds a seat; the one that was held before is given back. */
    async choose(seatId: string): Promise<void> {
        if (this.isBusy) return;
        this.isBusy = true;
        this.problem = "";
        const before = this.seatId;
        try {
            await this.#hold(seatId);
            this.seatId = seatId;
            if (before !== "" && before !== seatId) this.#giveBack(before);
            this.#keepHolding();
        } catch (error) {
            const isTaken = error instanceof Refusal && error.reason.startsWith("SEAT_");
            this.problem = isTaken ? kioskWords().seat.justTaken : kioskWords().refused.other;
        }
        this.isBusy = false;
    }

    /** Nobody sits there after all. */
    release(): void {
        if (this.seatId !== "") this.#giveBack(this.seatId);
        this.#forget();
        this.problem = "";
    }

    /** The order has it now. */
    taken(): void {
        this.#forget();
    }

    #forget(): void {
        clearInterval(this.#prolong);
        this.seatId = "";
    }

    #hold(seatId: string): Promise<unknown> {
        return this.#log.change("SeatService/SelectSeat", { seatId, holder: kioskName });
    }

    /** What can't be given back runs out by itself. */
    #giveBack(seatId: string): void {
        const request = { seatId, holder: kioskName };
        void this.#log.change("SeatService/ReleaseSeat", request).catch(() => undefined);
    }

    #keepHolding(): void {
        clearInterval(this.#prolong);
        const seconds = Number(this.#log.state.settings.get("seat_hold_seconds") ?? "120");
        const prolong = () => {
            if (this.seatId !== "") void this.#hold(this.seatId).catch(() => undefined);
        };
        this.#prolong = setInterval(prolong, (seconds * 1000) / PROLONGED);
    }
}
