import { fullName, type Method } from "./methods.ts";
import { refusalFrom, unanswered } from "./refusal.ts";
import type { Frame } from "./wire.ts";

interface Open {
    resolve(answer: unknown): void;
    reject(refusal: Error): void;
}

/** The calls that wait for an answer on one socket. */
export class Calls {
    readonly #send: (frame: unknown) => void;
    readonly #open = new Map<string, Open>();
    #last = 0;

    constructor(send: (frame: unknown) => void) {
        this.#send = send;
    }

    call(method: Method, message: unknown, deadlineMs: number): Promise<unknown> {
        this.#last += 1;
        const id = `c${this.#last}`;
        return new Promise((resolve, reject) => {
            this.#open.set(id, { resolve, reject });
            this.#send({
                event: "call",
                id,
                data: { method: fullName(method), message, deadlineMs },
            });
        });
    }

    /** A reply or an error came. Those without an id of ours are nobody's. */
    answered(frame: Frame): void {
        const call = this.#open.get(frame.id ?? "");
        if (call === undefined) return;
        this.#open.delete(frame.id ?? "");
        if (frame.event === "reply") call.resolve(frame.data);
        else call.reject(refusalFrom(frame.data));
    }

    /** Nothing is going to be answered any more. */
    lost(): void {
        for (const call of this.#open.values()) call.reject(unanswered("the connection is lost"));
        this.#open.clear();
    }
}
