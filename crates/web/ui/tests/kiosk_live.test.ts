import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import {
    atStart,
    card,
    fill,
    next,
    numberOf,
    openKiosk,
    orders,
    ordersSince,
    PORTRAIT,
    tile,
    toPay,
} from "./customer.ts";
import { expectAccessible, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const LATTE = 2;
const MOCHA = 6;
const TIRAMISU = 30;

async function itemOf(menuId: number): Promise<Record<string, unknown>> {
    const { items } = await box.call<{ items: { menuId: number }[] }>("MenuService/ListMenus", {});
    return items.find((item) => item.menuId === menuId) ?? {};
}

const soldOut = (menuId: number, isSoldOut: boolean) =>
    box.change("MenuService/SetSoldOut", { menuId, isSoldOut });

test("sold out while in the basket: it says what changed before it places, and goes on without", async () => {
    const before = await orders(box);
    const page = await openKiosk(screens, {}, PORTRAIT);
    await fill(page, LATTE);
    await tile(page, MOCHA).click();
    await next(page).click();
    await toPay(page);
    await soldOut(MOCHA, true);
    const mocha = await itemOf(LATTE);
    await box.change("MenuService/PutMenuItem", { item: { ...mocha, price: 4000 } });
    await page.getByRole("button", { name: "Back", exact: true }).click();
    await page.getByText("is sold out").waitFor();
    await page.getByText("the price went from ₩3,800 to ₩4,000").waitFor();
    await picture(page, "kiosk-changed");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Go on with these changes" }).click();
    await page.locator("main[data-step=basket] [data-next]", { hasText: "Next" }).click();
    await card(page).click();
    await numberOf(page);
    expect(await ordersSince(box, before)).toMatchObject([
        { totalAmount: 4000, items: [{ menuName: "카페라떼" }] },
    ]);
    await soldOut(MOCHA, false);
    await box.change("MenuService/PutMenuItem", { item: mocha });
});

test("what changes between the last look and the tap is refused, shown and mended", async () => {
    const before = await orders(box);
    const page = await openKiosk(screens);
    await fill(page, LATTE);
    await toPay(page);
    const latte = await itemOf(LATTE);
    await box.change("MenuService/PutMenuItem", { item: { ...latte, price: 5000 } });
    await card(page).click();
    await page.getByText("the price went from ₩3,800 to ₩5,000").waitFor();
    expect(await ordersSince(box, before)).toEqual([]);
    await page.getByRole("button", { name: "Go on with these changes" }).click();
    await page.locator("main[data-step=basket] [data-next]", { hasText: "Next" }).click();
    await card(page).click();
    await page.getByText("Please pay ₩5,000 at the counter").waitFor();
    await box.change("MenuService/PutMenuItem", { item: latte });
});

test("two kiosks want the last cake: one gets it, the other is told", async () => {
    const before = await orders(box);
    await box.change("MenuService/SetStock", { items: [{ menuId: TIRAMISU, remaining: 1 }] });
    const kiosks = await Promise.all([openKiosk(screens), openKiosk(screens)]);
    for (const page of kiosks) {
        await fill(page, TIRAMISU, "Dessert");
        await toPay(page);
    }
    await Promise.all(kiosks.map((page) => card(page).click()));
    const number = (page: Page) => page.locator("[data-number]");
    const told = (page: Page) => page.getByText("is sold out", { exact: true });
    await Promise.all(kiosks.map((page) => number(page).or(told(page)).first().waitFor()));
    const lucky = await Promise.all(kiosks.map((page) => number(page).count()));
    expect(lucky.toSorted()).toEqual([0, 1]);
    expect(await ordersSince(box, before)).toHaveLength(1);
    const unlucky = kiosks[lucky.indexOf(0)]!;
    await picture(unlucky, "kiosk-last-cake");
    await unlucky.getByRole("button", { name: "Go on with these changes" }).click();
    await unlucky.locator("main[data-step=menu]").waitFor();
    await unlucky.getByRole("button", { name: "Dessert" }).click();
    await tile(unlucky, TIRAMISU).getByText("Sold out").waitFor();
    await box.change("MenuService/Restock", { items: [{ menuId: TIRAMISU, count: 5 }] });
    await tile(unlucky, TIRAMISU).getByText("5 left").waitFor();
});

test("an option that is sold out can't be chosen, and what is left is the most one can have", async () => {
    await box.change("MenuService/SetStock", { items: [{ menuId: TIRAMISU, remaining: 2 }] });
    const page = await openKiosk(screens);
    await page.getByRole("button", { name: "Eat here" }).click();
    await tile(page, LATTE).click();
    await page.locator('[data-option="2"]').click();
    await box.change("MenuService/SetOptionSoldOut", {
        ...{ menuId: LATTE, optionId: 2, isSoldOut: true },
    });
    await page.locator('[data-option="2"]:disabled').getByText("Sold out").waitFor();
    await next(page).click();
    await page.getByText("Please choose: Size").waitFor();
    await page.getByRole("button", { name: "Back", exact: true }).last().click();
    await page.getByRole("button", { name: "Dessert" }).click();
    await tile(page, TIRAMISU).click();
    const more = page.locator("dialog").getByRole("button", { name: "One more Quantity" });
    await more.click();
    expect(await more.isDisabled()).toBe(true);
    await next(page).click();
    await tile(page, TIRAMISU).click();
    await page.getByText("There are none left").waitFor();
    await box.change("MenuService/SetOptionSoldOut", {
        ...{ menuId: LATTE, optionId: 2, isSoldOut: false },
    });
    await box.change("MenuService/SetStock", { items: [{ menuId: TIRAMISU, remaining: 20 }] });
});

test("maintenance and closing time are said at once, and ended at once", async () => {
    const page = await openKiosk(screens);
    await fill(page, LATTE);
    const set = (key: string, value: string) =>
        box.change("SettingsService/SetSetting", { key, value });
    await set("is_kiosk_active", "false");
    await page.getByText("This kiosk is out of service").waitFor();
    await picture(page, "kiosk-maintenance");
    await expectAccessible(page);
    await page.reload();
    await page.getByText("This kiosk is out of service").waitFor();
    await set("is_kiosk_active", "true");
    await atStart(page);
    const yesterday = new Date(Date.now() - 86_400_000).toLocaleDateString("en-US", {
        ...({ weekday: "short", timeZone: "Asia/Seoul" } as const),
    });
    await set("opening_hours", `${yesterday.toLowerCase()} 09:00-10:00`);
    await page.getByText("We are closed").waitFor();
    await page.getByText("We open again").waitFor();
    await picture(page, "kiosk-closed");
    await set("opening_hours", "");
    await atStart(page);
});

test("without the box it takes no order that it can't place, and goes on when it is back", async () => {
    const before = await orders(box);
    const page = await openKiosk(screens);
    const resting = await openKiosk(screens);
    await fill(page, LATTE);
    await toPay(page);
    await box.kill();
    await page.getByText("The connection is lost. Your choice is kept").waitFor();
    await resting.getByText("The connection is lost").waitFor();
    await picture(resting, "kiosk-offline");
    await expectAccessible(resting);
    expect(await card(page).isDisabled()).toBe(true);
    await picture(page, "kiosk-offline-pay");
    await expectAccessible(page);
    await box.restart();
    await atStart(resting);
    await card(page).click();
    await numberOf(page);
    expect(await ordersSince(box, before)).toHaveLength(1);
});

test("whoever left is asked, may have more time as often as they like, and is then forgotten", async () => {
    const page = await openKiosk(screens, { idle: "2", ask: "5" });
    await fill(page, LATTE);
    await page.getByText("Are you still there?").waitFor();
    await picture(page, "kiosk-idle");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.locator("[data-line]").waitFor();
    await page.getByText("Are you still there?").waitFor();
    await page.getByRole("button", { name: "I need more time" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.locator("[data-line]").waitFor();
    await atStart(page);
    await page.getByRole("button", { name: "Take away" }).click();
    await page.locator("[data-menu]").first().waitFor();
    expect(await page.locator("[data-line]").count()).toBe(0);
});
