// What customers and staff do together, with the box killed or the network cut in the middle of it.
import jsqr from "jsqr";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import {
    atStart,
    card,
    fill,
    LANDSCAPE,
    next,
    numberOf,
    openKiosk,
    orders,
    ordersSince,
    tile,
    toPay,
} from "./customer.ts";
import { network, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const AMERICANO = 1;
const LATTE = 2;
const MOCHA = 6;
const TIRAMISU = 30;
const PHONE = { width: 390, height: 844 };

const isConnected = (page: Page) => page.locator('[data-status="connected"]').first().waitFor();

/** Everybody has noticed, and everybody is back. */
async function killAndRestart(pages: Page[]): Promise<void> {
    await box.kill();
    const isLost = (page: Page) => page.locator('[data-status="lost"]').first().waitFor();
    await Promise.all(pages.map(isLost));
    await box.restart();
    await Promise.all(pages.map(isConnected));
}

/** What a phone's camera reads from the code on the screen. */
async function scan(page: Page): Promise<string> {
    const png = await page.getByRole("img", { name: /phone/ }).screenshot();
    const pixels = await page.evaluate(
        async (bytes) => {
            const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
            const { width, height } = image;
            const canvas = new OffscreenCanvas(width, height).getContext("2d")!;
            canvas.drawImage(image, 0, 0);
            return { data: [...canvas.getImageData(0, 0, width, height).data], width, height };
        },
        [...png],
    );
    const found = jsqr(new Uint8ClampedArray(pixels.data), pixels.width, pixels.height);
    return found?.data ?? "no code";
}

test("an order's whole way from the kiosk to the phone, with a power cut before each step", async () => {
    const before = await orders(box);
    const wide = { width: 1920, height: 1080 };
    const kiosk = await openKiosk(screens);
    const kitchen = await screens.open("/kitchen?station=bar", wide);
    const board = await screens.open("/board", wide);
    const all = [kiosk, kitchen, board];
    await Promise.all(all.map(isConnected));

    await kiosk.getByRole("button", { name: "Take away" }).click();
    await tile(kiosk, AMERICANO).click();
    for (const option of [2, 12, 21]) await kiosk.locator(`[data-option="${option}"]`).click();
    await killAndRestart(all);
    await next(kiosk).click();
    await toPay(kiosk);
    await kiosk.getByRole("button", { name: "Cell points" }).click();
    await kiosk.getByRole("button", { name: "청년부" }).click();
    await kiosk.getByRole("button", { name: "김민아" }).click();
    await killAndRestart(all);
    for (const digit of "4711") await kiosk.locator(`[data-digit="${digit}"]`).click();
    await next(kiosk).click();
    const number = await numberOf(kiosk);
    const link = await scan(kiosk);
    expect(link).toMatch(`${screens.origin}/o/`);
    await picture(kiosk, "kiosk-qr");
    const phone = await screens.open(new URL(link).pathname, PHONE);
    all.push(phone);
    await phone.getByRole("heading", { name: number, exact: true }).waitFor();

    const onCard = kitchen.locator(`[data-order="${number}"]`);
    await onCard.getByText("Extra shot").waitFor();
    await board.locator(`[data-column=preparing] [data-number="${number}"]`).waitFor();
    await killAndRestart(all);
    await onCard.locator("footer .bump").click();
    await onCard.waitFor({ state: "detached" });
    await board.locator(`[data-column=ready] [data-number="${number}"]`).waitFor();
    await phone.getByText("It is ready!").waitFor();
    await killAndRestart(all);
    expect(await onCard.count()).toBe(0);
    await board.locator(`[data-column=ready] [data-number="${number}"]`).waitFor();

    const expo = await screens.open("/kitchen?expo=1", wide);
    await expo.locator(`[data-order="${number}"] footer .bump`).click();
    await phone.getByText("Enjoy").waitFor();
    await board.locator(`[data-number="${number}"]`).waitFor({ state: "detached" });
    expect(await ordersSince(box, before)).toMatchObject([
        { dailyNum: Number(number), status: "COMPLETED", payType: "CELL", source: "KIOSK" },
    ]);
});

test("what is sold out while the box restarts is told before it is ordered", async () => {
    const before = await orders(box);
    const page = await openKiosk(screens);
    await fill(page, LATTE);
    await tile(page, MOCHA).click();
    await next(page).click();
    await toPay(page);
    await box.kill();
    await page.getByText("The connection is lost. Your choice is kept").waitFor();
    await box.restart();
    await box.change("MenuService/SetSoldOut", { menuId: MOCHA, isSoldOut: true });
    await page.getByRole("button", { name: "Back", exact: true }).click();
    await page.getByText("is sold out").waitFor();
    await page.getByRole("button", { name: "Go on with these changes" }).click();
    await page.locator("main[data-step=basket] [data-next]", { hasText: "Next" }).click();
    await card(page).click();
    await numberOf(page);
    expect(await ordersSince(box, before)).toMatchObject([{ items: [{ menuName: "카페라떼" }] }]);
    await box.change("MenuService/SetSoldOut", { menuId: MOCHA, isSoldOut: false });
});

test("two kiosks tap for the last cake as the box is killed: one has it, and one order is there", async () => {
    const before = await orders(box);
    await box.change("MenuService/SetStock", { items: [{ menuId: TIRAMISU, remaining: 1 }] });
    const kiosks = await Promise.all([openKiosk(screens), openKiosk(screens)]);
    for (const page of kiosks) {
        await fill(page, TIRAMISU, "Dessert");
        await toPay(page);
    }
    await Promise.all(kiosks.map((page) => card(page).click()));
    await box.kill();
    await box.restart();
    const number = (page: Page) => page.locator("[data-number]");
    const told = (page: Page) => page.getByText("is sold out", { exact: true });
    await Promise.all(kiosks.map((page) => number(page).or(told(page)).first().waitFor()));
    const lucky = await Promise.all(kiosks.map((page) => number(page).count()));
    expect(lucky.toSorted()).toEqual([0, 1]);
    expect(await ordersSince(box, before)).toMatchObject([{ items: [{ menuName: "티라미수" }] }]);
    await box.change("MenuService/SetStock", { items: [{ menuId: TIRAMISU, remaining: 20 }] });
});

test("a kiosk whose network is cut for a minute keeps the choice and places it once", async () => {
    const before = await orders(box);
    const page = await (await screens.device({ ...LANDSCAPE, lang: "en" })).newPage();
    await screens.watch(page);
    const { cut, heal } = await network(page);
    await page.clock.install();
    await page.goto(`${screens.origin}/kiosk?lang=en&idle=600`);
    await atStart(page);
    await fill(page, LATTE);
    await toPay(page);

    await cut();
    await page.getByText("The connection is lost. Your choice is kept").waitFor();
    await page.clock.fastForward(60_000);
    expect(await card(page).isDisabled()).toBe(true);
    heal();
    await page.clock.fastForward(30_000);
    await isConnected(page);
    await card(page).click();
    await numberOf(page);
    expect(await ordersSince(box, before)).toHaveLength(1);
});
