import { words } from "../text/index.svelte.ts";
import { problemOf } from "./problem.ts";
import { toasts } from "./toasts.svelte.ts";

/** Does what a person asked for, and says so when it was not done. True: it was. */
export async function attempt(what: () => Promise<unknown>): Promise<boolean> {
    try {
        await what();
        return true;
    } catch (error) {
        toasts.show("error", words().common.notDone(problemOf(error)));
        return false;
    }
}
