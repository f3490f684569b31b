import { SvelteMap } from "svelte/reactivity";
import type { Log } from "../log/log.svelte.ts";

export interface Incident {
    incidentId: string;
    name: string;
    reason: string;
    startedAt: string;
}

/** What goes wrong since this page was opened, for as long as it lasts. */
export class Incidents {
    readonly open = new SvelteMap<string, Incident>();

    /** What it returns ends that. */
    start(log: Log): () => void {
        return log.listen(({ event, data }) => {
            if (event === "incident:started") {
                const { incidentId, endpointName: name, reason, startedAt } = data;
                this.open.set(incidentId, { incidentId, name, reason, startedAt });
            }
            if (event === "incident:resolved") this.open.delete(data.incidentId);
        });
    }
}
