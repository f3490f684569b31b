import { beforeEach, expect, test } from "vitest";
import { Link, type Socket, type Status } from "./link.ts";
import { Refusal } from "./refusal.ts";
import type { LogEvent, Snapshot } from "./wire.ts";

interface Fake extends Socket {
    query: URLSearchParams;
    sent: { event: string; id?: string; data: Record<string, unknown> }[];
    isClosed: boolean;
}

/** A world whose time passes when it is told to. */
class FakeWorld {
    time = 0;
    sockets: Fake[] = [];
    snapshotAt: number | Error = 5;
    #timers = new Map<number, { at: number; callback: () => void }>();
    #last = 0;

    now = () => this.time;
    random = () => 1;

    open = (query: string): Socket => {
        const socket: Fake = {
            ...{ query: new URLSearchParams(query), sent: [], isClosed: false },
            ...{ onmessage: null, onclose: null },
            send: (text) => void socket.sent.push(JSON.parse(text)),
            close: () => (socket.isClosed = true),
        };
        this.sockets.push(socket);
        return socket;
    };

    snapshot = async (): Promise<Snapshot> => {
        if (this.snapshotAt instanceof Error) throw this.snapshotAt;
        return { position: { epoch: "e", seq: String(this.snapshotAt) } } as Snapshot;
    };

    setTimer = (callback: () => void, ms: number) => {
        this.#last += 1;
        this.#timers.set(this.#last, { at: this.time + ms, callback });
        return this.#last;
    };

    clearTimer = (timer: number) => void this.#timers.delete(timer);

    pass(ms: number): void {
        const until = this.time + ms;
        for (;;) {
            const due = [...this.#timers].filter(([, { at }]) => at <= until);
            const [first] = due.sort(([, a], [, b]) => a.at - b.at);
            if (first === undefined) break;
            const [id, { at, callback }] = first;
            this.#timers.delete(id);
            this.time = at;
            callback();
        }
        this.time = until;
    }

    get socket(): Fake {
        return this.sockets.at(-1)!;
    }

    say(frame: object): void {
        this.socket.onmessage?.({ data: JSON.stringify(frame) });
    }

    hello(seq: number, epoch = "e"): void {
        this.say({ event: "hello", data: { epoch, seq, serverTime: "", role: "staff" } });
    }

    event(seq: number, epoch = "e"): void {
        this.say({ event: "order:created", seq, epoch, data: {} });
    }
}

let world: FakeWorld;
let link: Link;
let statuses: Status[];
let events: number[];
let snapshots: number;

beforeEach(() => {
    world = new FakeWorld();
    [statuses, events, snapshots] = [[], [], 0];
    const listener = {
        status: (status: Status) => void statuses.push(status),
        hello: () => {},
        snapshot: () => void (snapshots += 1),
        event: (event: LogEvent) => void events.push((event as unknown as { seq: number }).seq),
    };
    link = new Link(world, listener, ["kitchen"], "Bar");
    link.start();
});

const status = () => statuses.at(-1)!;
const settle = () => new Promise((resolve) => setTimeout(resolve));

async function connect(): Promise<void> {
    world.hello(5);
    await settle();
}

test("events that come while the snapshot is on its way are applied after it, once", async () => {
    world.hello(3);
    expect(world.socket.sent).toEqual([{ event: "subscribe", data: { rooms: ["kitchen"] } }]);
    for (const seq of [4, 5, 6]) world.event(seq);
    expect(events).toEqual([]);
    expect(status().kind).toBe("connecting");
    await settle();
    expect([snapshots, events]).toEqual([1, [6]]);
    expect(status().kind).toBe("connected");
    world.event(6);
    world.event(7);
    expect(events).toEqual([6, 7]);
});

test("a lost screen comes back by its position, and is lost until all that it missed has come", async () => {
    await connect();
    world.event(6);
    world.socket.onclose?.({ code: 1006 });
    expect(status()).toEqual({ kind: "lost", since: 0, nextTryAt: 1000 });
    world.pass(1000);
    expect(status()).toEqual({ kind: "lost", since: 0 });
    expect(Object.fromEntries(world.socket.query)).toEqual({ name: "Bar", epoch: "e", seq: "6" });
    world.hello(8);
    world.event(7);
    world.event(8);
    expect(status().kind).toBe("lost");
    world.say({ event: "resumed", data: { recovered: true, missed: 2 } });
    expect(status().kind).toBe("connected");
    expect([events, snapshots]).toEqual([[6, 7, 8], 1]);
});

test("where the box can't prove that nothing was missed, a snapshot is taken anew", async () => {
    await connect();
    world.socket.onclose?.({ code: 1006 });
    world.pass(1000);
    world.snapshotAt = 2;
    world.hello(2, "e");
    world.say({ event: "resumed", data: { recovered: false, missed: 0 } });
    expect(status().kind).toBe("lost");
    await settle();
    expect([snapshots, status().kind]).toEqual([2, "connected"]);
    world.event(3);
    expect(events).toEqual([3]);
});

test("another epoch in the middle is a log that this screen does not know", async () => {
    await connect();
    world.event(1, "f");
    await settle();
    expect([snapshots, events]).toEqual([2, []]);
});

test("tries go on for ever, further apart, and from the first wait again after a steady connection", async () => {
    const waits: number[] = [];
    for (let nth = 0; nth < 8; nth += 1) {
        const before = world.time;
        world.socket.onclose?.({ code: 1006 });
        const { nextTryAt } = status() as { nextTryAt: number };
        waits.push(nextTryAt - before);
        world.pass(nextTryAt - before);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    expect(status().kind).toBe("connecting");
    await connect();
    world.pass(10_000);
    world.socket.onclose?.({ code: 1001 });
    expect(status()).toMatchObject({ kind: "lost", nextTryAt: world.time + 1000 });
});

test("who was told to stay away does, and who was too slow comes back at once", async () => {
    await connect();
    world.pass(10_000);
    world.socket.onclose?.({ code: 4008 });
    expect(status()).toMatchObject({ nextTryAt: world.time });
    world.pass(0);
    world.socket.onclose?.({ code: 4029 });
    expect(status()).toMatchObject({ nextTryAt: world.time + 8000 });
    world.pass(8000);
    world.socket.onclose?.({ code: 4001 });
    expect(status()).toMatchObject({ kind: "ended", why: "revoked" });
    const opened = world.sockets.length;
    world.pass(1_000_000);
    link.wake();
    expect(world.sockets.length).toBe(opened);
});

test("who is awake again does not wait", () => {
    world.socket.onclose?.({ code: 1006 });
    world.pass(500);
    link.wake();
    expect(world.sockets.length).toBe(2);
    world.pass(500);
    expect(world.sockets.length).toBe(2);
});

test("a silent socket is asked for a sign of life, and is lost without one", async () => {
    await connect();
    world.pass(30_000);
    expect(world.socket.sent.at(-1)).toMatchObject({ event: "ping" });
    world.say({ event: "reply", id: "alive", data: {} });
    world.pass(30_000);
    expect(status().kind).toBe("connected");
    world.pass(10_000);
    expect(status().kind).toBe("lost");
    expect(world.socket.isClosed).toBe(true);
});

test("calls are answered by their id, refused in words, and cut with the connection", async () => {
    await expect(link.call("QueueService/GetQueue", {}, 1)).rejects.toMatchObject({
        isUnanswered: true,
    });
    await connect();
    const good = link.call("QueueService/GetQueue", {}, 1);
    const bad = link.call("OrderService/GetOrder", { orderId: "x" }, 1);
    const cut = link.call("MenuService/ListMenus", {}, 1);
    const [, first, second] = world.socket.sent;
    expect(first).toMatchObject({
        event: "call",
        data: { method: "kiosk.v1.QueueService/GetQueue" },
    });
    world.say({ event: "error", id: second?.id, data: { code: "NOT_FOUND", message: "none" } });
    world.say({ event: "reply", id: first?.id, data: { entries: [] } });
    world.socket.onclose?.({ code: 1006 });
    expect(await good).toEqual({ entries: [] });
    await expect(bad).rejects.toMatchObject({ code: "NOT_FOUND", message: "none" });
    await expect(cut).rejects.toBeInstanceOf(Refusal);
});

test("what is painted is acknowledged once, and nothing that this socket has not brought", async () => {
    await connect();
    link.shown(5);
    world.event(6);
    link.shown(link.received);
    link.shown(6);
    const acks = world.socket.sent.filter(({ event }) => event === "ack");
    expect(acks.map(({ data }) => data["seq"])).toEqual([5, 6]);
});

test("a snapshot that can't be had is a lost connection; one that is refused ends it", async () => {
    world.snapshotAt = new Refusal("UNAVAILABLE", "");
    await connect();
    expect(world.socket.isClosed).toBe(true);
    expect(status()).toMatchObject({ kind: "connecting", nextTryAt: 1000 });
    world.pass(1000);
    world.snapshotAt = new Refusal("UNAUTHENTICATED", "");
    await connect();
    expect(status()).toMatchObject({ kind: "ended" });
});
