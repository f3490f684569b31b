// The one connection of a screen: it greets, follows, resumes, and comes back. It knows no state of
// the café and no page, so that it can be tested with a socket and a clock that are none.
import { backoffMs } from "./backoff.ts";
import { Calls } from "./calls.ts";
import type { AnswerOf, Method, RequestOf } from "./methods.ts";
import { Refusal } from "./refusal.ts";
import type { Frame, Hello, LogEvent, Position, Snapshot } from "./wire.ts";

/** With no frame for so long, the box is asked for one. (Browsers don't show pings to pages.) */
const SILENCE_MS = 30_000;
/** And with no answer for so long, the connection is lost; or there never was one. */
const ANSWER_MS = 10_000;
/** A connection that held for so long was a good one: the next loss begins at the first wait. */
const STEADY_MS = 10_000;

/** Closed for good: whoever shows no token, and whose token is worth nothing any more. */
const CLOSED_FOR_GOOD: ReadonlyMap<number, Ended> = new Map([
    [1008, "unknown"],
    [4001, "revoked"],
]);
const TOO_SLOW = 4008;
const TOO_MANY = 4029;
/** The box lost events that this screen waits for: only a snapshot helps. */
const LOST_EVENTS = 1011;

export type Ended = "unknown" | "revoked";

export type Status =
    /** Has not shown anything yet. Without `nextTryAt` it is being tried now. */
    | { kind: "connecting"; since: number; nextTryAt?: number }
    /** What is shown is how it is. */
    | { kind: "connected"; since: number }
    /** What is shown was so then. */
    | { kind: "lost"; since: number; nextTryAt?: number }
    /** It does not come back by itself: pair again. */
    | { kind: "ended"; since: number; why: Ended };

/** What a link needs of a WebSocket. */
export interface Socket {
    send(text: string): void;
    close(): void;
    onmessage: ((event: { data: unknown }) => void) | null;
    onclose: ((event: { code: number }) => void) | null;
}

/** The world around a link. */
export interface World {
    open(query: string): Socket;
    /** The working set, asked by other means than the socket. */
    snapshot(): Promise<Snapshot>;
    /** Milliseconds, of a clock that is never set. */
    now(): number;
    random(): number;
    setTimer(callback: () => void, ms: number): number;
    clearTimer(timer: number): void;
}

/** Who is told. */
export interface Listener {
    status(status: Status): void;
    hello(hello: Hello): void;
    snapshot(snapshot: Snapshot): void;
    event(event: LogEvent): void;
}

export class Link {
    readonly #world: World;
    readonly #listener: Listener;
    readonly #rooms: readonly string[];
    readonly #name: string;

    #status: Status;
    #socket: Socket | undefined;
    #calls = new Calls((frame) => this.#send(frame));
    /** The last event that was applied. */
    #position: Position | undefined;
    /** Events that came while the snapshot is on its way. */
    #waiting: Frame[] | undefined;
    /** The last event that this socket brought, and the last that it was told was shown. */
    #received = 0;
    #acknowledged = 0;
    #attempt = 0;
    #isLate = false;
    #retry: number | undefined;
    #watch: number | undefined;

    constructor(world: World, listener: Listener, rooms: readonly string[], name: string) {
        [this.#world, this.#listener, this.#rooms, this.#name] = [world, listener, rooms, name];
        this.#status = { kind: "connecting", since: world.now() };
    }

    start(): void {
        this.#listener.status(this.#status);
        this.#open();
    }

    stop(): void {
        this.#leave();
        this.#cancelRetry();
    }

    /** There may be a network again, or somebody looks: tries at once, or makes sure that it holds. */
    wake(): void {
        if (this.#status.kind === "connected") this.#ask();
        else if (this.#retry !== undefined) this.#open();
    }

    call<M extends Method>(
        method: M,
        request: RequestOf<M>,
        deadlineMs: number,
    ): Promise<AnswerOf<M>> {
        if (this.#status.kind !== "connected") {
            return Promise.reject(new Refusal("UNAVAILABLE", "not connected"));
        }
        return this.#calls.call(method, request, deadlineMs) as Promise<AnswerOf<M>>;
    }

    /** The last event that was told of. */
    get received(): number {
        return this.#received;
    }

    /** Everything up to that event is painted. */
    shown(seq: number): void {
        if (this.#status.kind !== "connected" || seq <= this.#acknowledged) return;
        // One that an earlier socket brought is none of this one's.
        this.#acknowledged = Math.min(seq, this.#received);
        this.#send({ event: "ack", data: { seq: this.#acknowledged } });
    }

    #open(): void {
        this.#cancelRetry();
        const { kind, since } = this.#status;
        if (kind === "lost" || kind === "connecting") this.#tell({ kind, since });
        const socket = this.#world.open(this.#query());
        this.#socket = socket;
        socket.onmessage = ({ data }) => this.#receive(data);
        socket.onclose = ({ code }) => this.#closed(code);
        this.#watch = this.#world.setTimer(() => this.#closed(1006), ANSWER_MS);
    }

    /** Resuming in the handshake brings nothing out of order. */
    #query(): string {
        const query = new URLSearchParams();
        if (this.#name !== "") query.set("name", this.#name);
        if (this.#position !== undefined) {
            query.set("epoch", this.#position.epoch);
            query.set("seq", String(this.#position.seq));
        }
        return query.toString();
    }

    #receive(data: unknown): void {
        this.#listen();
        const frame = JSON.parse(String(data)) as Frame;
        if (frame.event === "hello") return this.#greeted(frame.data as Hello);
        if (frame.event === "resumed") return this.#resumed(frame.data as { recovered: boolean });
        if (frame.event === "reply" || frame.event === "error") return this.#calls.answered(frame);
        if (frame.seq !== undefined) this.#received = Math.max(this.#received, frame.seq);
        this.#take(frame);
    }

    /** Events wait while the snapshot is on its way that they come after. */
    #take(frame: Frame): void {
        if (this.#waiting !== undefined) this.#waiting.push(frame);
        else this.#apply(frame);
    }

    #greeted(hello: Hello): void {
        [this.#received, this.#acknowledged] = [hello.seq, 0];
        this.#listener.hello(hello);
        if (this.#rooms.length > 0) {
            this.#send({ event: "subscribe", data: { rooms: this.#rooms } });
        }
        if (this.#position === undefined) this.#startOver();
    }

    #resumed({ recovered }: { recovered: boolean }): void {
        if (recovered) this.#live();
        else this.#startOver();
    }

    /** From a snapshot, and what happened since. */
    #startOver(): void {
        const socket = this.#socket;
        this.#position = undefined;
        this.#waiting = [];
        this.#world.snapshot().then(
            (snapshot) => {
                if (this.#socket === socket) this.#begin(snapshot);
            },
            (error: unknown) => {
                if (this.#socket !== socket) return;
                const isRefused = error instanceof Refusal && error.code === "UNAUTHENTICATED";
                this.#leave();
                this.#closed(isRefused ? 4001 : 1006);
            },
        );
    }

    #begin(snapshot: Snapshot): void {
        const { epoch, seq } = snapshot.position;
        this.#position = { epoch, seq: Number(seq) };
        this.#listener.snapshot(snapshot);
        const waiting = this.#waiting ?? [];
        this.#waiting = undefined;
        for (const frame of waiting) this.#take(frame);
        if (this.#waiting === undefined) this.#live();
    }

    #apply(frame: Frame): void {
        const { seq, epoch } = frame;
        if (seq !== undefined && epoch !== undefined && this.#position !== undefined) {
            if (epoch !== this.#position.epoch) return this.#startOver();
            if (seq <= this.#position.seq) return;
            this.#position = { epoch, seq };
        }
        this.#listener.event(frame as unknown as LogEvent);
    }

    #live(): void {
        if (this.#status.kind !== "connected") {
            this.#tell({ kind: "connected", since: this.#world.now() });
        }
    }

    #closed(code: number): void {
        this.#leave();
        const now = this.#world.now();
        const why = CLOSED_FOR_GOOD.get(code);
        if (why !== undefined) return this.#tell({ kind: "ended", since: now, why });
        if (code === LOST_EVENTS) this.#position = undefined;
        const status = this.#status;
        const isSteady = status.kind === "connected" && now - status.since >= STEADY_MS;
        if (isSteady) this.#attempt = 0;
        const isHasty = code === TOO_SLOW && isSteady;
        // There are too many already: each try is one more.
        if (code === TOO_MANY) this.#attempt = Math.max(this.#attempt, 3);
        const wait = isHasty ? 0 : backoffMs(this.#attempt, this.#world.random);
        this.#attempt += 1;
        this.#retry = this.#world.setTimer(() => this.#open(), wait);
        // A screen that never showed anything has lost nothing.
        const kind = status.kind === "connecting" ? "connecting" : "lost";
        const since = status.kind === kind ? status.since : now;
        this.#tell({ kind, since, nextTryAt: now + wait });
    }

    /** Forgets the socket. */
    #leave(): void {
        this.#stopWatch();
        const socket = this.#socket;
        this.#socket = undefined;
        this.#waiting = undefined;
        if (socket !== undefined) {
            [socket.onmessage, socket.onclose] = [null, null];
            socket.close();
        }
        this.#calls.lost();
    }

    #send(frame: unknown): void {
        this.#socket?.send(JSON.stringify(frame));
    }

    /** Something came, or is about to: the silence begins anew. */
    #listen(): void {
        this.#stopWatch();
        this.#isLate = false;
        this.#watch = this.#world.setTimer(() => this.#ask(), SILENCE_MS);
    }

    /** Asks for a sign of life. */
    #ask(): void {
        if (this.#isLate) return;
        this.#stopWatch();
        this.#isLate = true;
        this.#send({ event: "ping", id: "alive" });
        this.#watch = this.#world.setTimer(() => this.#closed(1006), ANSWER_MS);
    }

    #stopWatch(): void {
        if (this.#watch !== undefined) this.#world.clearTimer(this.#watch);
        this.#watch = undefined;
    }

    #cancelRetry(): void {
        if (this.#retry !== undefined) this.#world.clearTimer(this.#retry);
        this.#retry = undefined;
    }

    #tell(status: Status): void {
        this.#status = status;
        this.#listener.status(status);
    }
}
