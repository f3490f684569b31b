import type { Log } from "../log/log.svelte.ts";
import type { StaffMessage } from "../log/wire.ts";
import { attempt } from "../shared/attempt.ts";
import { recall, remember } from "../shared/memory.ts";
import { sound } from "../shared/sound.svelte.ts";
import { toasts } from "../shared/toasts.svelte.ts";

/** Those that a kitchen reads. */
const ROOMS = ["kitchen", "all"];
const PAGE_SIZE = 50;

/** What staff tell each other. */
export class Messages {
    /** The newest one first. */
    readonly list = $derived.by(() =>
        [...this.#log.state.messages.values()]
            .filter(({ room }) => ROOMS.includes(room))
            .sort((a, b) => b.messageNum - a.messageNum),
    );
    readonly unread = $derived.by(
        () => this.list.filter(({ messageNum }) => messageNum > this.#read).length,
    );
    #read = $state(recall("kitchen.read", 0));
    readonly #log: Log;
    readonly #me: () => string;

    constructor(log: Log, me: () => string) {
        [this.#log, this.#me] = [log, me];
    }

    /** Shows those that come. What it returns ends that. */
    start(): () => void {
        return this.#log.listen((event) => {
            if (event.event !== "message:created" || !ROOMS.includes(event.data.room)) return;
            const { sender, text } = event.data;
            if (sender.name === this.#me()) return;
            sound.play("message");
            toasts.show("info", `${sender.name}: ${text}`);
        });
    }

    /** Asks for those of before this screen was on. */
    async load(): Promise<void> {
        for (const room of ROOMS) {
            const request = { room, pageSize: PAGE_SIZE };
            const answer = await this.#log
                .call("MessageService/ListMessages", request)
                .catch(() => ({}));
            const messages = (answer as { messages?: StaffMessage[] }).messages ?? [];
            for (const message of messages)
                this.#log.state.messages.set(message.messageNum, message);
        }
    }

    /** Somebody has read all that there is, and the others are told so. */
    read(): void {
        const [newest] = this.list;
        if (newest === undefined || newest.messageNum <= this.#read) return;
        this.#read = newest.messageNum;
        remember("kitchen.read", this.#read);
        const { room, messageNum } = newest;
        const mark = { room, reader: this.#me(), messageNum };
        // It is a courtesy: without an answer nothing is lost.
        void this.#log.call("MessageService/MarkRead", mark).catch(() => undefined);
    }

    /** True: it is sent. */
    send(text: string): Promise<boolean> {
        const message = { room: "all", text, sender: this.#me() };
        return attempt(() => this.#log.change("MessageService/SendMessage", message));
    }
}
