import type { Log } from "../log/log.svelte.ts";
import { words } from "../text/index.svelte.ts";
import { toasts } from "./toasts.svelte.ts";

/** Shows incidents for as long as they last. What it returns ends that. */
export function showIncidents(log: Log): () => void {
    return log.listen((event) => {
        if (event.event === "incident:started") {
            const { incidentId, endpointName, reason } = event.data;
            toasts.keep(incidentId, words().common.incident(endpointName, reason));
        }
        if (event.event === "incident:resolved") {
            toasts.over(event.data.incidentId);
            toasts.show("success", words().common.resolved(event.data.endpointName));
        }
    });
}
