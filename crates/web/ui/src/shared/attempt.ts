import { Refusal } from "../log/refusal.ts";
import { words } from "../text/index.svelte.ts";
import { toasts } from "./toasts.svelte.ts";

/** Does what a person asked for, and says so when it was not done. True: it was. */
export async function attempt(what: () => Promise<unknown>): Promise<boolean> {
    try {
        await what();
        return true;
    } catch (error) {
        const isUnanswered = !(error instanceof Refusal) || error.isUnanswered;
        const why = isUnanswered ? words().common.noAnswer : error.message;
        toasts.show("error", words().common.notDone(why));
        return false;
    }
}
