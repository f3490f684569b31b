import { expect, test } from "vitest";
import { Refusal, unanswered } from "../log/refusal.ts";
import { Placing, type OrderWish, type PlacingState, type Receipt } from "./placing.ts";

const receipt: Receipt = {
    ...{ orderId: "ORD-1", dailyNum: 7, totalAmount: 3000, payType: "CARD", orderToken: "t" },
};
const wish: OrderWish = { requestId: "id-1", payType: "CARD", cellPin: "4711" };

/** A box that orders each request id once, and a kiosk that may lose the answer. */
class Scene {
    kept: string | undefined;
    readonly asked: OrderWish[] = [];
    readonly cancelled: Receipt[] = [];
    readonly states: PlacingState[] = [];
    /** What the next questions get; without one: the receipt. */
    readonly answers: (Error | Receipt)[] = [];
    paused = 0;
    /** Ends the pause; undefined: there is none. */
    wake: (() => void) | undefined;
    holds = false;

    kiosk(): Placing {
        return new Placing({
            place: (asked) => {
                this.asked.push(asked);
                const answer = this.answers.shift() ?? receipt;
                return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
            },
            cancel: (it) => {
                this.cancelled.push(it);
                return Promise.resolve();
            },
            pause: () => {
                this.paused += 1;
                if (!this.holds) return Promise.resolve();
                return new Promise((resolve) => (this.wake = resolve));
            },
            keep: (text) => (this.kept = text),
            kept: () => this.kept,
            told: (state) => this.states.push(state),
        });
    }

    async settled(): Promise<PlacingState> {
        for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
        return this.states.at(-1) ?? { kind: "idle" };
    }
}

test("a second tap while the first is on its way orders nothing", async () => {
    const scene = new Scene();
    const kiosk = scene.kiosk();
    kiosk.place(wish);
    kiosk.place({ ...wish, requestId: "id-2" });
    expect(await scene.settled()).toEqual({ kind: "placed", receipt });
    expect(scene.asked.map(({ requestId }) => requestId)).toEqual(["id-1"]);
});

test("a number that was not read yet is there after a reload, until it was", async () => {
    const scene = new Scene();
    scene.kiosk().place(wish);
    await scene.settled();
    const again = scene.kiosk();
    again.resume();
    expect(scene.states.at(-1)).toEqual({ kind: "placed", receipt });
    expect(scene.asked).toHaveLength(1);
    again.done();
    expect(scene.kept).toBeUndefined();
});

test("without an answer the same is asked until there is one", async () => {
    const scene = new Scene();
    scene.answers.push(unanswered("cut"), new Refusal("DEADLINE_EXCEEDED", ""));
    scene.answers.push(new Refusal("RESOURCE_EXHAUSTED", "", "BUSY"), new Refusal("INTERNAL", ""));
    scene.kiosk().place(wish);
    expect(await scene.settled()).toEqual({ kind: "placed", receipt });
    expect(new Set(scene.asked.map(({ requestId }) => requestId))).toEqual(new Set(["id-1"]));
    expect(scene.asked).toHaveLength(5);
    expect(scene.states).toContainEqual({ kind: "sending", isLate: true, isGivenUp: false });
});

test("a reload goes on with the same id, and the PIN was written nowhere", async () => {
    const scene = new Scene();
    scene.holds = true;
    scene.answers.push(unanswered("cut"));
    scene.kiosk().place(wish);
    await scene.settled();
    expect(scene.kept).toContain("id-1");
    expect(scene.kept).not.toContain("4711");
    scene.kiosk().resume();
    expect(await scene.settled()).toEqual({ kind: "placed", receipt });
    expect(scene.asked.at(-1)).toEqual({ requestId: "id-1", payType: "CARD" });
});

test("a refusal is known: nothing is kept, and the next one is another order", async () => {
    const scene = new Scene();
    const refusal = new Refusal("FAILED_PRECONDITION", "", "SOLD_OUT");
    scene.answers.push(refusal);
    const kiosk = scene.kiosk();
    kiosk.place(wish);
    expect(await scene.settled()).toEqual({ kind: "refused", refusal });
    expect(scene.kept).toBeUndefined();
    kiosk.done();
    kiosk.place({ ...wish, requestId: "id-2" });
    expect((await scene.settled()).kind).toBe("placed");
});

test("who gives up leaves no order behind, also over a reload", async () => {
    const scene = new Scene();
    scene.holds = true;
    scene.answers.push(unanswered("cut"));
    const kiosk = scene.kiosk();
    kiosk.place(wish);
    await scene.settled();
    kiosk.giveUp();
    expect(scene.states.at(-1)).toEqual({ kind: "sending", isLate: true, isGivenUp: true });
    scene.kiosk().resume();
    expect(await scene.settled()).toEqual({ kind: "idle" });
    expect(scene.cancelled).toEqual([receipt]);
    expect(scene.kept).toBeUndefined();
});

test("what is kept and can't be read is nothing", () => {
    const scene = new Scene();
    scene.kept = "{";
    scene.kiosk().resume();
    expect(scene.asked).toEqual([]);
});
