import { clock } from "../shared/clock.svelte.ts";
import { access } from "./access.svelte.ts";
import { idleAt, MORE_TIME, type IdleState } from "./idle.ts";

/** Whether somebody is there: by `?idle=` and `?ask=` in seconds. */
export class Presence {
    #touchedAt = $state(performance.now());
    readonly #quietMs = seconds("idle", 60);
    readonly #askMs = seconds("ask", 20);
    readonly state: IdleState = $derived.by(() => {
        const times = access.hasMoreTime ? MORE_TIME : 1;
        const idle = { quietMs: this.#quietMs * times, askMs: this.#askMs * times };
        return idleAt(clock.now, this.#touchedAt, idle);
    });

    touched(): void {
        this.#touchedAt = performance.now();
    }
}

function seconds(key: string, otherwise: number): number {
    const said = Number(new URLSearchParams(location.search).get(key));
    return (said > 0 ? said : otherwise) * 1000;
}
