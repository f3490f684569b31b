import { untrack } from "svelte";
import type { Log } from "../log/log.svelte.ts";
import { isOver } from "../log/state.ts";
import type { Incident } from "../log/wire.ts";
import { words } from "../text/index.svelte.ts";
import { toasts } from "./toasts.svelte.ts";

type Incidents = ReadonlyMap<string, Incident>;

/**
 * Shows incidents that begin while the page is open, for as long as they last. Those of before are
 * for the page itself to show. What it returns ends that.
 */
export function showIncidents(log: Log): () => void {
    let known: Incidents | undefined;
    return $effect.root(() => {
        $effect(() => {
            if (!log.isFilled) return;
            const now = new Map(log.state.incidents);
            const before = known ?? now;
            untrack(() => say(before, now));
            known = now;
        });
    });
}

/** By the state, not by events: some may have been missed while there was no connection. */
function say(before: Incidents, now: Incidents): void {
    for (const [id, incident] of now) {
        const { endpointName, reason } = incident;
        const was = before.get(id);
        if (was === undefined && !isOver(incident)) {
            toasts.keep(id, words().common.incident(endpointName, reason));
        }
        if (was !== undefined && !isOver(was) && isOver(incident)) {
            toasts.over(id);
            toasts.show("success", words().common.resolved(endpointName));
        }
    }
    for (const id of before.keys()) if (!now.has(id)) toasts.over(id);
}
