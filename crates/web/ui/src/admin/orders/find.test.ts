import { expect, test } from "vitest";
import { sampleOrder } from "../../log/samples.ts";
import type { Order } from "../../log/wire.ts";
import { find, summary } from "./find.ts";

function order(dailyNum: number, fields: Partial<Order> = {}): Order {
    return { ...sampleOrder(), dailyNum, orderId: `ORD-${dailyNum}`, note: "", ...fields };
}

const orders = [
    order(7, { status: "PENDING" }),
    order(17, { status: "COMPLETED", note: "7 Candles" }),
    order(70, { status: "CANCELLED", cancelReason: "spilt" }),
];
const found = (words: string, shown: Parameters<typeof find>[1] = "all") =>
    find(orders, shown, words).map(({ dailyNum }) => dailyNum);

test("a short number is the one that is called out, and nothing else", () => {
    expect(found("7")).toEqual([7]);
    expect(found(" #17 ")).toEqual([17]);
});

test("words are looked for in all that people write and choose", () => {
    expect(found("candles")).toEqual([17]);
    expect(found("SPILT")).toEqual([70]);
    expect(found(orders[0]!.items[0]!.menuName)).toEqual([70, 17, 7]);
    expect(found("nothing like it")).toEqual([]);
});

test("the newest comes first, of those that are wanted", () => {
    expect(found("")).toEqual([70, 17, 7]);
    expect(found("", "open")).toEqual([7]);
    expect(found("", "closed")).toEqual([17]);
    expect(found("", "cancelled")).toEqual([70]);
});

test("what was cancelled is not in what is made, but in what a cancelled order was", () => {
    const [first] = sampleOrder().items;
    const items = [first!, { ...first!, menuName: "Cake", status: "CANCELLED" as const }];
    expect(summary(order(1, { items, status: "MAKING" }))).not.toContain("Cake");
    expect(summary(order(1, { items, status: "CANCELLED" }))).toContain("Cake");
});
