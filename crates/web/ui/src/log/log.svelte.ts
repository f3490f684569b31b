import { SvelteMap } from "svelte/reactivity";
import { clock } from "../shared/clock.svelte.ts";
import { apply } from "./apply.ts";
import { Link, type Socket, type Status, type World } from "./link.ts";
import type { AnswerOf, Method, RequestOf } from "./methods.ts";
import { post } from "./post.ts";
import { Refusal } from "./refusal.ts";
import { putSnapshot, type CafeState } from "./state.ts";
import { uuid } from "./uuid.ts";
import type {
    Activity,
    Bell,
    Cell,
    Incident,
    LogEvent,
    MenuCategory,
    MenuItem,
    Order,
    QueuePlace,
    Seat,
    Snapshot,
    StaffMessage,
} from "./wire.ts";

const DEADLINE_MS = 10_000;
/** A change that got no answer is asked for again for so long, with the same request id. */
const REPEAT_MS = 15_000;
const REPEAT_PAUSE_MS = 500;

/** What makes a screen's log its own. */
export interface Options {
    /** What it is told of; empty: all that it may see. */
    rooms?: readonly string[];
    /** What staff see it called. */
    name?: string;
    /** Of a customer's link; without one the browser shows the cookie that pairing set. */
    token?: string;
}

export type Changes<M extends Method> = Omit<RequestOf<M>, "requestId">;

class ReactiveState implements CafeState {
    businessDate = $state("");
    activity = $state.raw<Activity>();
    readonly orders = new SvelteMap<string, Order>();
    readonly menu = new SvelteMap<number, MenuItem>();
    readonly categories = new SvelteMap<number, MenuCategory>();
    readonly settings = new SvelteMap<string, string>();
    readonly seats = new SvelteMap<string, Seat>();
    readonly bells = new SvelteMap<number, Bell>();
    readonly cells = new SvelteMap<number, Cell>();
    readonly incidents = new SvelteMap<string, Incident>();
    readonly messages = new SvelteMap<number, StaffMessage>();
    readonly places = new SvelteMap<string, QueuePlace>();
}

/**
 * The log as a screen follows it: the state of the café, how good the connection is, and the way to
 * call the box. A screen shows nothing that is not from here.
 */
export class Log {
    readonly state: CafeState = new ReactiveState();
    status = $state.raw<Status>({ kind: "connecting", since: performance.now() });
    /** There was a snapshot: what is shown is, or was, the café. */
    isFilled = $state(false);
    /** The box's time when this page was opened. */
    #openedAt = $state(Date.now() - performance.now());

    readonly #listeners = new Set<(event: LogEvent) => void>();
    readonly #link: Link;
    #isPainting = false;

    constructor({ rooms = [], name = "", token }: Options = {}) {
        const world = browserWorld(token);
        const listener = {
            status: (status: Status) => (this.status = status),
            hello: ({ serverTime }: { serverTime: string }) => {
                this.#openedAt = Date.parse(serverTime) - performance.now();
            },
            snapshot: (snapshot: Snapshot) => {
                putSnapshot(this.state, snapshot);
                this.isFilled = true;
                this.#acknowledgeWhenPainted();
            },
            event: (event: LogEvent) => {
                apply(this.state, event);
                for (const heard of this.#listeners) heard(event);
                this.#acknowledgeWhenPainted();
            },
        };
        this.#link = new Link(world, listener, rooms, name);
    }

    /** The box's time, in milliseconds since 1970, once a second. */
    get now(): number {
        return this.#openedAt + clock.now;
    }

    /** Follows until the page is left; what it returns ends it earlier. */
    start(): () => void {
        const wake = () => {
            if (document.visibilityState === "visible") this.#link.wake();
        };
        window.addEventListener("online", wake);
        document.addEventListener("visibilitychange", wake);
        this.#link.start();
        return () => {
            window.removeEventListener("online", wake);
            document.removeEventListener("visibilitychange", wake);
            this.#link.stop();
        };
    }

    /** Tells of each event after it was applied. What it returns ends that. */
    listen(heard: (event: LogEvent) => void): () => void {
        this.#listeners.add(heard);
        return () => this.#listeners.delete(heard);
    }

    /** Calls a method that changes nothing. */
    call<M extends Method>(method: M, request: RequestOf<M>): Promise<AnswerOf<M>> {
        return this.#link.call(method, request, DEADLINE_MS);
    }

    /**
     * Calls a method that changes something, exactly once: without an answer the same request goes out
     * again, and the box answers it as it did before. Whoever asks once more after that, for the same
     * thing, does it with the same id.
     */
    async change<M extends Method>(
        method: M,
        changes: Changes<M>,
        requestId = uuid(),
    ): Promise<AnswerOf<M>> {
        const request = { ...changes, requestId } as RequestOf<M>;
        const giveUpAt = performance.now() + REPEAT_MS;
        for (;;) {
            try {
                return await this.call(method, request);
            } catch (error) {
                const mayRepeat = error instanceof Refusal && error.isUnanswered;
                if (!mayRepeat || performance.now() > giveUpAt) throw error;
                await new Promise((resume) => setTimeout(resume, REPEAT_PAUSE_MS));
            }
        }
    }

    /** In the first frame all that was told is in the document, when the second begins it is painted. */
    #acknowledgeWhenPainted(): void {
        if (this.#isPainting) return;
        this.#isPainting = true;
        requestAnimationFrame(() => {
            this.#isPainting = false;
            const { received } = this.#link;
            requestAnimationFrame(() => this.#link.shown(received));
        });
    }
}

function browserWorld(token: string | undefined): World {
    return {
        open: (query) => openSocket(query, token),
        // Of a busy day it is larger than what a session may have waiting.
        snapshot: () =>
            post("EventService/GetSnapshot", {}, token) as Promise<unknown> as Promise<Snapshot>,
        now: () => performance.now(),
        random: () => Math.random(),
        setTimer: (callback, ms) => window.setTimeout(callback, ms),
        clearTimer: (timer) => window.clearTimeout(timer),
    };
}

function openSocket(query: string, token: string | undefined): Socket {
    const url = new URL("/ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = query;
    const protocols = ["kiosk.v1.json"];
    // A browser's WebSocket can set no header but this one.
    if (token !== undefined) protocols.push(`kiosk.token.${token}`);
    const socket = new WebSocket(url, protocols);
    const wrapped: Socket = {
        // What is said into a socket that is not open is lost with it.
        send: (text) => void (socket.readyState === WebSocket.OPEN && socket.send(text)),
        close: () => socket.close(),
        onmessage: null,
        onclose: null,
    };
    socket.onmessage = (event) => wrapped.onmessage?.(event);
    socket.onclose = (event) => wrapped.onclose?.(event);
    return wrapped;
}
