import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openAdmin, TABLET } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, MOUSE_PX, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

/** A kitchen screen that hangs: the box does not hear of anything that it shows from now on. */
async function openHanging(): Promise<Page> {
    const page = await (await screens.device({})).newPage();
    await screens.watch(page);
    let isHanging = false;
    await page.routeWebSocket("**/ws**", (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((message) => {
            const isAck = JSON.parse(String(message)).event === "ack";
            if (!isAck || !isHanging) server.send(message);
        });
    });
    await page.goto(`${screens.origin}/kitchen`);
    await page.locator('[data-status="connected"]').waitFor();
    await box.place([{ menuId: 17, quantity: 1 }]);
    await expect.poll(shownByAll).toBe(true);
    isHanging = true;
    return page;
}

async function shownByAll(): Promise<boolean> {
    type Answer = { screens: { name: string; sentSeq: string; shownSeq: string }[] };
    const { screens } = await box.call<Answer>("AdminService/GetStats", {});
    const kitchen = screens.find(({ name }) => name === "Kitchen");
    return kitchen !== undefined && kitchen.shownSeq === kitchen.sentSeq;
}

const toast = (page: Page) => page.locator("li.incident", { hasText: "Kitchen screen" });
const open = (page: Page) => page.locator("[data-incident]:not(.over)");
const over = (page: Page, id: string) => page.locator(`[data-incident="${id}"].over`);
const idOf = (page: Page) => open(page).getAttribute("data-incident");

test("an incident stays until it is dealt with, and the box sees the end of it by itself", async () => {
    await box.change("SettingsService/SetSetting", { key: "kitchen_lag_seconds", value: "1" });
    const admin = await openAdmin(screens);
    const kitchen = await screens.open("/kitchen?station=bar");
    await kitchen.locator('[data-status="connected"]').waitFor();
    const hanging = await openHanging();
    await box.place([{ menuId: 17, quantity: 1 }]);
    await toast(admin).waitFor();
    await toast(kitchen).waitFor();
    const first = (await idOf(admin))!;

    // Who comes later sees it on the page, and nothing in front of it.
    const later = await openAdmin(screens, "today", TABLET);
    expect(await idOf(later)).toBe(first);
    expect(await toast(later).count()).toBe(0);
    await picture(later, "admin-incident-en-dark");
    await expectAccessible(later, MOUSE_PX);

    // The screen hangs still, so that there is another one at once.
    await open(later).getByRole("button", { name: "Dealt with" }).click();
    await over(admin, first).getByText("by ").waitFor();
    await expect.poll(() => idOf(later)).not.toBe(first);
    await expect.poll(() => toast(admin).count()).toBe(1);
    const second = (await idOf(later))!;

    await hanging.close();
    await over(later, second).getByText("by box").waitFor();
    await expect.poll(() => toast(admin).count()).toBe(0);
    await expect.poll(() => toast(kitchen).count()).toBe(0);
    await over(admin, first).waitFor();
    expect(await open(admin).count()).toBe(0);
    await picture(admin, "admin-incidents-over-en-light");
});

test("an incident that ends while a screen has no connection is over there, too", async () => {
    const kitchen = await screens.open("/kitchen?station=bar");
    await kitchen.locator('[data-status="connected"]').waitFor();
    const admin = await openAdmin(screens);
    const hanging = await openHanging();
    await box.place([{ menuId: 17, quantity: 1 }]);
    await toast(kitchen).waitFor();
    const id = (await idOf(admin))!;
    await box.kill();
    await hanging.close();
    await box.restart();
    await over(admin, id).waitFor();
    await expect.poll(() => toast(kitchen).count()).toBe(0);
    await expect.poll(() => toast(admin).count()).toBe(0);
});
