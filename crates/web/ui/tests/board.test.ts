import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const latte = { menuId: 17, quantity: 1 };

test("a number goes from being prepared to being called, and is gone when it is collected", async () => {
    const board = await screens.open("/board?lang=ko", { width: 1920, height: 1080 });
    await board.getByText("연결됨").waitFor();
    const { order } = await box.place([latte]);
    const cell = (column: string) =>
        board.locator(`[data-column=${column}] [data-number="${order.dailyNum}"]`);
    await cell("preparing").waitFor();
    await box.change("OrderService/BumpLines", { orderId: order.orderId });
    await cell("ready").waitFor();
    expect(await cell("ready").getAttribute("class")).toContain("called");
    await cell("preparing").waitFor({ state: "detached" });

    await box.change("OrderService/RecallOrder", { orderId: order.orderId });
    await cell("preparing").getByText("다시 준비 중").waitFor();
    await box.change("OrderService/SetOrderStatus", { orderId: order.orderId, status: "READY" });
    await cell("ready").waitFor();
    await box.change("OrderService/SetOrderStatus", {
        orderId: order.orderId,
        status: "COMPLETED",
    });
    await cell("ready").waitFor({ state: "detached" });
});

test("a number that nobody collects is cleared after a while", async () => {
    const { order } = await box.place([latte]);
    await box.change("OrderService/BumpLines", { orderId: order.orderId });
    const other = await box.place([latte]);
    const shown = async (query: string) => {
        const board = await screens.openLater(`/board?${query}`, 6);
        await board.locator(`[data-number="${other.order.dailyNum}"]`).waitFor();
        return board.locator(`[data-column=ready] [data-number="${order.dailyNum}"]`).count();
    };
    expect(await shown("clear=5")).toBe(0);
    expect(await shown("")).toBe(1);
});

test("it is read from afar however many orders there are, in both languages and themes", async () => {
    for (let nth = 0; nth < 26; nth += 1) {
        const { order } = await box.place([latte]);
        if (nth < 7) await box.change("OrderService/BumpLines", { orderId: order.orderId });
    }
    const look = { width: 1920, height: 1080 };
    const korean = await screens.open("/board?lang=ko", look);
    await korean.getByText("약", { exact: false }).first().waitFor();
    await picture(korean, "board-ko-dark");
    await expectAccessible(korean);
    const english = await screens.open("/board?lang=en", {
        width: 1080,
        height: 1920,
        theme: "light",
    });
    await english.getByText("about", { exact: false }).first().waitFor();
    await picture(english, "board-en-light-portrait");
    await expectAccessible(english);
    const number = english.locator("[data-column=ready] strong").first();
    const size = await number.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
    expect(size).toBeGreaterThan(100);
});
