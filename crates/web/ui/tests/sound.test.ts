import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import type { Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const tea = { menuId: 17, quantity: 1 };

/** A screen whose clock stands still, and which keeps what it would have let sound. */
async function listenTo(path: string): Promise<Page> {
    const page = await (await screens.device({})).newPage();
    await screens.watch(page);
    await page.addInitScript(() => {
        const heard: { pitches: number[]; said: string[] } = { pitches: [], said: [] };
        Object.assign(window, { heard });
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (when) {
            heard.pitches.push(this.frequency.value);
            start.call(this, when);
        };
        window.speechSynthesis.speak = ({ text }) => void heard.said.push(text);
    });
    await page.clock.install();
    await page.goto(screens.origin + path);
    await page.locator('[data-status="connected"]').waitFor();
    return page;
}

const heard = (page: Page) =>
    page.evaluate(
        () => (window as unknown as { heard: { pitches: number[]; said: string[] } }).heard,
    );

const count = async (page: Page) => (await heard(page)).pitches.length;

/** The hint goes when the browser has begun to play, which takes a moment. */
async function unlock(page: Page): Promise<void> {
    const hint = page.getByRole("button", { name: /Touch the screen once|화면을 한 번 눌러/ });
    await hint.click();
    await hint.waitFor({ state: "detached" });
}

test("a browser that blocks sound says so until it is touched", async () => {
    await unlock(await listenTo("/kitchen?lang=en"));
});

test("a new order and a void sound again and again until somebody has seen them", async () => {
    const page = await listenTo("/kitchen?lang=en");
    await unlock(page);
    const { order } = await box.place([tea, tea]);
    const card = page.locator(`[data-order="${order.dailyNum}"]`);
    await card.waitFor();
    await expect.poll(() => count(page)).toBe(2);
    await page.clock.runFor(4_000);
    // What happens meanwhile does not put it off.
    await box.change("OrderService/BumpLines", { orderId: order.orderId, lineIds: [1] });
    await card.locator('[data-line="1"].done').waitFor();
    await page.clock.runFor(2_500);
    expect(await count(page)).toBe(4);
    await page.locator("header").first().click();
    await page.clock.runFor(20_000);
    expect(await count(page)).toBe(4);

    await box.change("OrderService/CancelOrder", { orderId: order.orderId });
    await page.getByText("Order cancelled").waitFor();
    await expect.poll(() => count(page)).toBe(7);
    // That somebody is there is not enough: a void is seen by saying so.
    await page.locator("header").first().click();
    await page.clock.runFor(6_500);
    expect(await count(page)).toBe(10);
    await page.getByRole("button", { name: "Seen" }).click();
    await page.getByText("Order cancelled").waitFor({ state: "detached" });
    await page.clock.runFor(20_000);
    expect(await count(page)).toBe(10);
});

test("the board chimes and speaks once for each number that is called", async () => {
    const { order: old } = await box.place([tea]);
    await box.change("OrderService/BumpLines", { orderId: old.orderId });
    const page = await listenTo("/board?lang=ko&speak=1");
    await unlock(page);
    await page.locator(`[data-column=ready] [data-number="${old.dailyNum}"]`).waitFor();
    const { order } = await box.place([tea]);
    await box.change("OrderService/BumpLines", { orderId: order.orderId });
    await page.locator(`[data-column=ready] [data-number="${order.dailyNum}"]`).waitFor();
    await page.clock.runFor(3_000);
    expect(await heard(page)).toMatchObject({
        pitches: { length: 4 },
        said: [`${order.dailyNum}번 고객님, 주문하신 메뉴가 준비되었습니다.`],
    });
});

test("somebody who calls from a table is answered at the screen that hands over", async () => {
    const page = await listenTo("/kitchen?lang=en&expo=1");
    await box.change("MessageService/RingBell", { seatId: "B1", reason: "water" });
    await page.getByRole("button", { name: /water/ }).click();
    await page.getByRole("button", { name: /water/ }).waitFor({ state: "detached" });
    const { bells } = await box.call<{ bells: object[] }>("MessageService/ListBells", {});
    expect(bells).toEqual([]);
});
