import { sound } from "../shared/sound.svelte.ts";
import { kioskWords } from "../text/kiosk.svelte.ts";
import type { Kiosk } from "./kiosk.svelte.ts";

/**
 * Calls staff to the kiosk, where the customer stands, whatever was ordered or chosen: to its seat of
 * the plan, or to where it says that it is; the box knows a kiosk that says nothing by its name.
 * True: they know.
 */
export async function ringBell(kiosk: Kiosk): Promise<boolean> {
    const { log, place } = kiosk;
    // It is heard here too, for whoever is near.
    sound.play("new");
    const reason = kioskWords().bell.reason;
    const where = log.state.seats.has(place) ? { seatId: place } : { place };
    return log.change("MessageService/RingBell", { ...where, reason }).then(
        () => true,
        () => false,
    );
}
