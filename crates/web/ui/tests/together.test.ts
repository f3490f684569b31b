import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Box, Placed } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { network, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const tea = { menuId: 17, quantity: 1 };
const card = (page: Page, { order }: Placed) => page.locator(`[data-order="${order.dailyNum}"]`);
const number = (page: Page, column: string, { order }: Placed) =>
    page.locator(`[data-column=${column}] [data-number="${order.dailyNum}"]`);
const isConnected = (page: Page) => page.locator('[data-status="connected"]').waitFor();

test("what is placed, made and collected is on every screen at once, also after the box was killed", async () => {
    const [one, other, board] = await Promise.all([
        screens.open("/kitchen"),
        screens.open("/kitchen"),
        screens.open("/board", { width: 1920, height: 1080 }),
    ]);
    await Promise.all([one, other, board].map(isConnected));
    const said = await box.kioskctl("order", "place", "17");
    const dailyNum = Number(/#(\d+)/.exec(said)?.[1]);
    const placed = { order: { orderId: "", dailyNum }, orderToken: "" };
    await card(one, placed).waitFor();
    await card(other, placed).waitFor();
    await number(board, "preparing", placed).waitFor();
    const kept = await box.place([tea]);
    await card(one, kept).waitFor();

    await box.kill();
    await one.getByText("Connection lost").waitFor();
    await board.getByRole("alert").getByText("Connection lost").waitFor();
    await picture(board, "board-lost");
    await picture(one, "kitchen-lost");
    await box.restart();
    await Promise.all([one, other, board].map(isConnected));

    await card(one, placed).locator("footer .bump").click();
    await card(other, placed).waitFor({ state: "detached" });
    await number(board, "ready", placed).waitFor();
    expect(await card(other, kept).count()).toBe(1);
    expect(await number(board, "preparing", kept).count()).toBe(1);
});

test("a tap while the box is down is done once it is back, and once only", async () => {
    const page = await screens.open("/kitchen");
    await isConnected(page);
    const placed = await box.place([tea]);
    await card(page, placed).waitFor();
    await box.kill();
    await card(page, placed).locator("footer .bump").dblclick();
    await box.restart();
    await card(page, placed).waitFor({ state: "detached" });
    const { orderId } = placed.order;
    const { order } = await box.call<{ order: { status: string } }>("OrderService/GetOrder", {
        orderId,
    });
    expect(order.status).toBe("READY");
});

test("a network that was cut for a minute has cost nothing but the minute", async () => {
    const page = await (await screens.device({})).newPage();
    await screens.watch(page);
    const { cut, heal } = await network(page);
    let snapshots = 0;
    page.on("request", (request) => (snapshots += Number(request.url().endsWith("/GetSnapshot"))));
    await page.clock.install();
    await page.goto(`${screens.origin}/kitchen`);
    await isConnected(page);
    const before = await box.place([tea]);
    await card(page, before).waitFor();

    await cut();
    await page.getByText("Connection lost").waitFor();
    await box.change("OrderService/CancelOrder", { orderId: before.order.orderId });
    const meanwhile = [await box.place([tea]), await box.place([tea])];
    await page.clock.fastForward(60_000);
    expect(await page.getByText("Connection lost").count()).toBe(1);

    heal();
    await page.clock.fastForward(30_000);
    await isConnected(page);
    await card(page, before).and(page.locator('[data-state="void"]')).waitFor();
    for (const placed of meanwhile) await card(page, placed).waitFor();
    expect(snapshots).toBe(1);
});

test("the box knows what a kitchen screen has shown", async () => {
    const page = await screens.open("/kitchen");
    await isConnected(page);
    await card(page, await box.place([tea])).waitFor();
    type Answer = { screens: { name: string; sentSeq: string; shownSeq: string }[] };
    const shown = async () => {
        const { screens } = await box.call<Answer>("AdminService/GetStats", {});
        const kitchen = screens.find(({ name }) => name === "Kitchen");
        return kitchen !== undefined && kitchen.shownSeq === kitchen.sentSeq;
    };
    await expect.poll(shown).toBe(true);
});

test("a change of one order among many is drawn on its card alone", async () => {
    const page = await screens.open("/kitchen", { width: 1920, height: 1080 });
    await isConnected(page);
    const all: Placed[] = [];
    for (let nth = 0; nth < 60; nth += 1) all.push(await box.place([tea, tea]));
    await card(page, all.at(-1)!).waitFor();
    await page.evaluate(() => {
        const touched = new Set<string>();
        Object.assign(window, { touched });
        new MutationObserver((mutations) => {
            for (const { target } of mutations) {
                const element = target instanceof Element ? target : target.parentElement;
                const isClock = element?.closest("time") !== null;
                const order = element?.closest<HTMLElement>("[data-order]")?.dataset["order"];
                if (!isClock && order !== undefined) touched.add(order);
            }
        }).observe(document.body, {
            ...{ attributes: true, characterData: true, childList: true, subtree: true },
        });
    });
    const { order } = all[30]!;
    await box.change("OrderService/BumpLines", { orderId: order.orderId, lineIds: [1] });
    await card(page, all[30]!).locator('[data-line="1"].done').waitFor();
    const touched = await page.evaluate(() => [
        ...(window as unknown as { touched: Set<string> }).touched,
    ]);
    expect(touched).toEqual([String(order.dailyNum)]);
});
