import type { AnswerOf } from "../log/methods.ts";
import type { Log } from "../log/log.svelte.ts";
import { Refusal } from "../log/refusal.ts";
import { uuid } from "../log/uuid.ts";

type Ticket = NonNullable<AnswerOf<"QueueService/GetTicket">["ticket"]>;

/** While one waits, the place is looked up so often. Events tell it only to who follows that room alone. */
const LOOK_MS = 2_000;

/** The turn to order, when so many want to that they wait for it. */
export class Turn {
    ticket = $state.raw<Ticket>();
    isFull = $state(false);

    readonly #log: Log;
    #timer: ReturnType<typeof setTimeout> | undefined;
    #key = "";

    constructor(log: Log) {
        this.#log = log;
    }

    get isNeeded(): boolean {
        return this.#log.state.settings.get("is_queue_active") === "true";
    }

    get isAdmitted(): boolean {
        return this.ticket?.status === "ADMITTED";
    }

    /** What an order shows; empty: it needs none. */
    get ticketId(): string {
        return this.isAdmitted ? (this.ticket?.ticketId ?? "") : "";
    }

    /** Takes a place in the line, and keeps it by showing that somebody is there. */
    take(): void {
        this.#key = uuid();
        void this.#look();
    }

    leave(): void {
        clearTimeout(this.#timer);
        const ticketId = this.ticket?.ticketId ?? "";
        if (ticketId !== "") {
            void this.#log.call("QueueService/LeaveQueue", { ticketId }).catch(() => undefined);
        }
        this.used();
    }

    /** The order was placed with it. */
    used(): void {
        clearTimeout(this.#timer);
        [this.ticket, this.isFull, this.#key] = [undefined, false, ""];
    }

    async #look(): Promise<void> {
        const key = this.#key;
        let pauseMs = LOOK_MS;
        try {
            const { ticket, absenceSeconds = 60 } = await this.#ask(key);
            if (this.#key !== key) return;
            [this.ticket, this.isFull] = [ticket, false];
            const isOver = ticket?.status === "LOST" || ticket?.status === "LEFT";
            if (isOver) this.#startOver();
            else if (this.isAdmitted) pauseMs = (absenceSeconds * 1000) / 3;
        } catch (error) {
            if (this.#key !== key) return;
            const isRefusal = error instanceof Refusal;
            if (isRefusal && error.code === "NOT_FOUND") this.#startOver();
            this.isFull = isRefusal && error.reason === "WAITING_ROOM_FULL";
        }
        this.#timer = setTimeout(() => void this.#look(), pauseMs);
    }

    #ask(clientKey: string): Promise<AnswerOf<"QueueService/GetTicket">> {
        const ticketId = this.ticket?.ticketId ?? "";
        return ticketId === ""
            ? this.#log.call("QueueService/TakeTicket", { clientKey })
            : this.#log.call("QueueService/GetTicket", { ticketId });
    }

    /** The place is lost, or the box was restarted: at the end of the line. */
    #startOver(): void {
        [this.ticket, this.#key] = [undefined, uuid()];
    }
}
