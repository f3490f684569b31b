import type { Log } from "../log/log.svelte.ts";
import { post } from "../log/post.ts";
import { uuid } from "../log/uuid.ts";
import { Placing, type PlacingState, type Receipt, type OrderWish } from "./placing.ts";

const KEY = "kiosk.placing";
const PAUSE_MS = 1_000;
const CANCEL_REASON = "left at the kiosk";

/** Sends orders to the box, as `Placing` says. */
export class Checkout {
    state = $state.raw<PlacingState>({ kind: "idle" });
    readonly #placing: Placing;

    constructor(log: Log) {
        this.#placing = new Placing({
            place: (wish) => place(log, wish),
            cancel: ({ orderId, orderToken }) => cancel(orderId, orderToken),
            pause: () => new Promise((resume) => setTimeout(resume, PAUSE_MS)),
            keep,
            kept,
            told: (state) => (this.state = state),
        });
    }

    place(wish: OrderWish): void {
        this.#placing.place(wish);
    }

    resume(): void {
        this.#placing.resume();
    }

    giveUp(): void {
        this.#placing.giveUp();
    }

    done(): void {
        this.#placing.done();
    }
}

async function place(log: Log, wish: OrderWish): Promise<Receipt> {
    const { order, orderToken = "" } = await log.call("OrderService/PlaceOrder", wish);
    const { orderId = "", dailyNum = 0, totalAmount = 0, payType = "" } = order ?? {};
    return { orderId, dailyNum, totalAmount, payType: String(payType), orderToken };
}

/** A kiosk may cancel nothing; the customer of that order may. */
async function cancel(orderId: string, orderToken: string): Promise<void> {
    const request = { requestId: uuid(), orderId, reason: CANCEL_REASON };
    await post("OrderService/CancelOrder", request, orderToken);
}

function kept(): string | undefined {
    try {
        return sessionStorage.getItem(KEY) ?? undefined;
    } catch {
        return undefined;
    }
}

/** Where nothing can be kept, a reload forgets; all else holds. */
function keep(text: string | undefined): void {
    try {
        if (text === undefined) sessionStorage.removeItem(KEY);
        else sessionStorage.setItem(KEY, text);
    } catch {
        return;
    }
}
