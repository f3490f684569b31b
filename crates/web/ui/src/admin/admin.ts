import type { Log } from "../log/log.svelte.ts";
import type { Who } from "./session.svelte.ts";

/** What every page is given. */
export interface Admin {
    log: Log;
    who: Who;
}
