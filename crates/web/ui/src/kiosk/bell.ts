import { sound } from "../shared/sound.svelte.ts";
import { kioskWords } from "../text/kiosk.svelte.ts";
import type { Kiosk } from "./kiosk.svelte.ts";

/** Calls staff to the customer's order or seat, or to where the kiosk stands. True: they know. */
export async function ringBell(kiosk: Kiosk): Promise<boolean> {
    const { checkout, log, place, seat } = kiosk;
    const { state } = checkout;
    // It is heard here too, for whoever is near.
    sound.play("new");
    const reason = kioskWords().bell.reason;
    const seatId = place !== "" ? place : seat.seatId;
    const orderId = state.kind === "placed" ? state.receipt.orderId : "";
    const where = seatId !== "" ? { seatId } : { orderId };
    if (seatId === "" && orderId === "") return false;
    return log.change("MessageService/RingBell", { ...where, reason }).then(
        () => true,
        () => false,
    );
}
