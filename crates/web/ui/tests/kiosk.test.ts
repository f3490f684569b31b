import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Box } from "./box.ts";
import { expectAccessible, picture, Screens, type Look } from "./screens.ts";

let box: Box;
let screens: Screens;

beforeAll(async () => {
    box = await Box.start();
    screens = await Screens.start(box);
});

afterAll(async () => {
    await screens.stop();
    await box.stop();
});

beforeEach(() => screens.clear());

const PORTRAIT = { width: 1080, height: 1920, theme: "light" } as const;
const LANDSCAPE = { width: 1280, height: 800, theme: "light" } as const;
const LOOKS: [string, Look][] = [
    ["ko", PORTRAIT],
    ["en", PORTRAIT],
    ["ko", LANDSCAPE],
    ["en", LANDSCAPE],
];

async function openKiosk(lang: string, look: Look = LANDSCAPE, query = ""): Promise<Page> {
    const page = await screens.open(`/kiosk?lang=${lang}${query}`, look);
    await page.locator("main[data-status=connected][data-step=attract] .start").first().waitFor();
    return page;
}

const tile = (page: Page, menuId: number) => page.locator(`[data-menu="${menuId}"]`);
const next = (page: Page) => page.locator("[data-next]").last();

test("every page looks as it should, in both languages and on both screens", async () => {
    for (const [lang, look] of LOOKS) {
        const page = await openKiosk(lang, look);
        const shape = look === PORTRAIT ? "portrait" : "landscape";
        const shot = (name: string) => picture(page, `kiosk-${name}-${lang}-${shape}`);
        await shot("1-attract");
        await expectAccessible(page);
        await page.locator("[data-choice]").first().click();
        await tile(page, 2).waitFor();
        await shot("2-menu");
        await expectAccessible(page);
        await tile(page, 2).click();
        await page.locator('[data-option="2"]').click();
        await page.locator('[data-option="21"]').click();
        await shot("3-item");
        await expectAccessible(page);
        await next(page).click();
        await page.getByRole("button", { name: lang === "ko" ? "디저트" : "Dessert" }).click();
        await tile(page, 30).click();
        await next(page).click();
        await shot("4-menu-with-basket");
        await next(page).click();
        await shot("5-basket");
        await expectAccessible(page);
        await next(page).click();
        await page.locator('[data-seat="H2"]').click();
        await page.locator('[data-seat="H2"].mine').waitFor();
        await shot("6-seat");
        await expectAccessible(page);
        await next(page).click();
        await shot("7-pay");
        await expectAccessible(page);
        await page.locator("[data-choice]").nth(2).click();
        await page.getByRole("button", { name: "청년부" }).waitFor();
        await shot("8-cell");
        await page.getByRole("button", { name: "청년부" }).click();
        await page.getByRole("button", { name: "김민아" }).click();
        for (const digit of "4711") await page.locator(`[data-digit="${digit}"]`).click();
        await shot("9-pin");
        await expectAccessible(page);
        await page.locator("[data-back]").last().click();
        await page.locator("[data-back]").last().click();
        await page.locator("[data-back]").last().click();
        await page.locator("[data-choice]").first().click();
        await page.locator("[data-number]").waitFor();
        await shot("done");
        await expectAccessible(page);
        await screens.clear();
        const seats = await box.call<{ seats: { seatId: string; orderId?: string }[] }>(
            "SeatService/ListSeats",
            {},
        );
        expect(seats.seats.find(({ seatId }) => seatId === "H2")?.orderId).toMatch(/^ORD-/);
        await box.change("SeatService/ReleaseSeat", { seatId: "H2" });
    }
    expect(screens.misdeeds).toEqual([]);
}, 180_000);
