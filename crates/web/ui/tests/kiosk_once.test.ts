import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import {
    atStart,
    card,
    fill,
    LANDSCAPE,
    loseAnswer,
    numberOf,
    openKiosk,
    orders,
    ordersSince,
    toPay,
} from "./customer.ts";
import { picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

test("a double tap places one order", async () => {
    const before = await orders(box);
    const page = await openKiosk(screens);
    await fill(page, 1);
    await toPay(page);
    await page.evaluate(() => {
        const buttons = document.querySelectorAll<HTMLElement>("main [data-choice]");
        for (let tap = 0; tap < 5; tap += 1) for (const at of [0, 1]) buttons[at]?.click();
    });
    await numberOf(page);
    expect(await ordersSince(box, before)).toHaveLength(1);
});

test("the service is killed while it places: exactly one order, also over a reload", async () => {
    for (const reloads of [false, true]) {
        const before = await orders(box);
        const page = await openKiosk(screens);
        await fill(page, 1);
        await toPay(page);
        // It is cut at once after the order was sent: whether it arrived is chance.
        const sent = card(page).click();
        await sent;
        await box.kill();
        const address = page.url();
        if (reloads) {
            // The page is gone, too, until the box is back: the browser shows its own.
            await page.reload().catch(() => undefined);
            await page.waitForURL(/^chrome-error:/);
        }
        await box.restart();
        if (reloads) await page.goto(address);
        await page.locator("[data-number]").waitFor({ timeout: 60_000 });
        expect(await ordersSince(box, before)).toHaveLength(1);
        await page.getByRole("button", { name: "Done" }).click();
        expect(await page.evaluate(() => sessionStorage.getItem("kiosk.placing"))).toBeNull();
        await screens.clear();
    }
}, 180_000);

async function openCutKiosk(query = ""): Promise<{ page: Page; heal: () => void }> {
    const page = await (await screens.device({ ...LANDSCAPE, lang: "en" })).newPage();
    await screens.watch(page);
    const heal = await loseAnswer(page);
    await page.goto(`${screens.origin}/kiosk?lang=en${query}`);
    await atStart(page);
    return { page, heal };
}

test("an answer that is lost on its way back orders nothing twice", async () => {
    const before = await orders(box);
    const { page, heal } = await openCutKiosk();
    await fill(page, 1);
    await toPay(page);
    await card(page).click();
    await page.getByText("Making sure that your order arrived").waitFor();
    await picture(page, "kiosk-sending");
    heal();
    await numberOf(page);
    expect(await ordersSince(box, before)).toMatchObject([{ status: "PENDING" }]);
});

test("who leaves before the answer leaves no order behind", async () => {
    const before = await orders(box);
    const { page, heal } = await openCutKiosk();
    await fill(page, 1);
    await toPay(page);
    await card(page).click();
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByText("Clearing up an order that was left").waitFor();
    heal();
    await atStart(page);
    expect(await ordersSince(box, before)).toMatchObject([{ status: "CANCELLED" }]);
});

test("who walks away before the answer leaves no order behind either", async () => {
    const before = await orders(box);
    const { page, heal } = await openCutKiosk("&idle=3&ask=2");
    await fill(page, 1);
    await toPay(page);
    await card(page).click();
    await page.getByText("Clearing up an order that was left").waitFor();
    heal();
    await atStart(page);
    expect(await ordersSince(box, before)).toMatchObject([{ status: "CANCELLED" }]);
});
