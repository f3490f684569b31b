import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { card, next, numberOf, openKiosk, orders, ordersSince, tile, toPay } from "./customer.ts";
import { expectAccessible, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const LATTE = 2;
const MOCHA = 6;

test("a seat is held while one orders, for others too, and given back with the order", async () => {
    const [page, other] = [await openKiosk(screens), await openKiosk(screens)];
    const begin = async (kiosk: Page) => {
        await kiosk.getByRole("button", { name: "Eat here" }).click();
        await tile(kiosk, LATTE).click();
        await next(kiosk).click();
        await kiosk.locator("dialog").waitFor({ state: "detached" });
        await kiosk.locator("main[data-step=menu] [data-next]").click();
        await kiosk.locator("main[data-step=basket] [data-next]").click();
    };
    await begin(page);
    await begin(other);
    const seat = (kiosk: Page, id: string) => kiosk.locator(`[data-seat="${id}"]`);
    await seat(page, "H1").click();
    await page.locator('[data-seat="H1"].mine').waitFor();
    await other.locator('[data-seat="H1"].held').waitFor();
    expect(await seat(other, "H1").isDisabled()).toBe(true);
    await seat(page, "T1").click();
    await other.locator('[data-seat="T1"].held').waitFor();
    await other.locator('[data-seat="H1"].free').waitFor();
    await page.getByRole("button", { name: "Start over" }).click();
    await page.getByText("All that you have chosen will be gone").waitFor();
    await page.getByRole("button", { name: "Yes, start over" }).click();
    await other.locator('[data-seat="T1"].free').waitFor();
    await seat(other, "T1").click();
    await next(other).click();
    await other.getByText("Seat: 테라스 1").waitFor();
    await card(other).click();
    await numberOf(other);
    const { seats } = await box.call<{ seats: { seatId: string; status: string }[] }>(
        "SeatService/ListSeats",
        {},
    );
    expect(seats.find(({ seatId }) => seatId === "T1")?.status).toBe("OCCUPIED");
});

test("when many order, a customer waits for the turn, and is let in when somebody has ordered", async () => {
    const set = (key: string, value: string) =>
        box.change("SettingsService/SetSetting", { key, value });
    await set("queue_threshold", "1");
    await set("is_queue_active", "true");
    const before = await orders(box);
    const [first, second] = [await openKiosk(screens), await openKiosk(screens)];
    await first.getByRole("button", { name: "Take away" }).click();
    await first.locator("main[data-step=menu]").waitFor();
    await second.getByRole("button", { name: "Take away" }).click();
    await second.getByText("You are next").waitFor();
    await picture(second, "kiosk-waiting");
    await expectAccessible(second);
    await tile(first, LATTE).click();
    await next(first).click();
    await toPay(first);
    await card(first).click();
    await numberOf(first);
    await second.locator("main[data-step=menu]").waitFor();
    await second.getByRole("button", { name: "Start over" }).click();
    await set("is_queue_active", "false");
    expect(await ordersSince(box, before)).toHaveLength(1);
});

test("what others wrote is text and nothing else", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    const drop = "'; DROP TABLE orders;--";
    const { item } = await box.change<{ item: { menuId: number } }>("MenuService/PutMenuItem", {
        item: {
            ...{ name: evil, nameEn: evil, category: drop, price: 1000, description: evil },
            optionGroups: [
                { name: evil, min: 0, max: 1, options: [{ optionId: 1, name: drop, nameEn: "" }] },
            ],
        },
    });
    await box.change("CellService/PutCell", { name: drop });
    await box.change("SeatService/PutSeat", {
        ...{ seatId: "X", name: evil, x: 900, y: 400, width: 120, height: 120, seats: 1 },
    });
    const page = await openKiosk(screens);
    await page.getByRole("button", { name: "Eat here" }).click();
    await page.getByRole("button", { name: "Other" }).click();
    await tile(page, item.menuId).getByText(evil).waitFor();
    await tile(page, item.menuId).click();
    await page.getByText(drop).click();
    await picture(page, "kiosk-names");
    await next(page).click();
    await page.locator("main[data-step=menu] [data-next]").click();
    await page.locator("main[data-step=basket] [data-next]").click();
    await page.locator('[data-seat="X"]').click();
    await next(page).click();
    await page.getByText(`Seat: ${evil}`).waitFor();
    await page.getByRole("button", { name: "Cell points" }).click();
    await page.getByRole("button", { name: drop }).waitFor();
    expect(await page.locator("img").count()).toBe(0);
});

test("an item with a picture shows it", async () => {
    // A white square of 8 by 8.
    const data =
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAD0lEQVR42mP4jwMwDC0JALoev0GJ6La7AAAAAElFTkSuQmCC";
    const totalBytes = Buffer.from(data, "base64").length;
    const piece = { menuId: MOCHA, totalBytes, offset: 0, data };
    await box.change("MenuService/UploadMenuImage", piece);
    const page = await openKiosk(screens);
    await page.getByRole("button", { name: "Eat here" }).click();
    const image = tile(page, MOCHA).locator("img");
    await image.waitFor();
    await page.waitForFunction(
        (menuId) =>
            document.querySelector<HTMLImageElement>(`[data-menu="${menuId}"] img`)!.naturalWidth >
            0,
        MOCHA,
    );
});
