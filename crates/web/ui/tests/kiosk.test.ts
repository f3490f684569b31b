import { encode } from "uqr";
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
    PORTRAIT,
    tile,
    toPay,
} from "./customer.ts";
import { expectAccessible, picture, type Screens, type Look } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const LOOKS: [string, Look][] = [
    ["ko", PORTRAIT],
    ["en", PORTRAIT],
    ["ko", LANDSCAPE],
    ["en", LANDSCAPE],
];

test("every page looks as it should, in both languages and on both screens", async () => {
    for (const [lang, look] of LOOKS) {
        const page = await openKiosk(screens, { lang }, look);
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
}, 180_000);

test("a customer orders with options and pays with a cell, and the kitchen sees it", async () => {
    const before = await orders(box);
    const kitchen = await screens.open("/kitchen?station=bar", { width: 1920, height: 1080 });
    await kitchen.locator('[data-status="connected"]').waitFor();
    const page = await openKiosk(screens);
    await page.getByRole("button", { name: "Take away" }).click();
    await tile(page, 1).click();
    await page.locator('[data-option="2"]').click();
    await page.locator('[data-option="12"]').click();
    await page.locator('[data-option="21"]').click();
    await page.getByRole("button", { name: "One more Extra shot" }).click();
    await next(page).getByText("₩4,700").waitFor();
    await next(page).click();
    await toPay(page);
    await page.getByRole("button", { name: "Cell points" }).click();
    await page.getByRole("button", { name: "청년부" }).click();
    await page.getByRole("button", { name: "김민아" }).click();
    await page.getByText("95,300").waitFor();
    for (const digit of "4712") await page.locator(`[data-digit="${digit}"]`).click();
    await next(page).click();
    await page.getByText("That is not the PIN").waitFor();
    expect(await ordersSince(box, before)).toEqual([]);
    for (const digit of "4711") await page.locator(`[data-digit="${digit}"]`).click();
    await next(page).click();
    const number = await numberOf(page);
    await page.getByText("₩4,700 paid with points").waitFor();
    await kitchen.locator(`[data-order="${number}"]`).getByText("Extra shot ×2").waitFor();

    const [order, ...others] = await ordersSince(box, before);
    expect(others).toEqual([]);
    expect(order).toMatchObject({ totalAmount: 4700, payType: "CELL", source: "KIOSK" });
    const { cells } = await box.call<{ cells: { cellId: number; balance: number }[] }>(
        "CellService/ListCells",
        {},
    );
    expect(cells.find(({ cellId }) => cellId === 1)?.balance).toBe(95_300);
    await page.getByRole("button", { name: "Done" }).click();
    await page.locator("main[data-step=attract] .start").first().waitFor();
});

test("a cell that has too little is told so before, and pays nothing", async () => {
    const before = await orders(box);
    const { cell } = await box.change<{ cell: { cellId: number } }>("CellService/PutCell", {
        name: "빈 셀",
    });
    const page = await openKiosk(screens);
    await fill(page, 2);
    await toPay(page);
    await page.getByRole("button", { name: "Cell points" }).click();
    await page.getByRole("button", { name: "빈 셀" }).click();
    await page.getByText("3,800 points are missing").waitFor();
    await page.getByRole("button", { name: "Pay another way" }).click();
    await card(page).click();
    await numberOf(page);
    expect(await ordersSince(box, before)).toMatchObject([{ payType: "CARD" }]);
    await box.change("CellService/ArchiveCell", { cellId: cell.cellId, isArchived: true });
});

test("the QR code sends phones to where the café says that they reach the box", async () => {
    const place = async (query: Record<string, string>) => {
        const page = await openKiosk(screens, query);
        let token = "";
        const heard = new Promise<void>((resolve) =>
            page.on("websocket", (socket) =>
                socket.on("framereceived", ({ payload }) => {
                    token = /"orderToken":"([^"]+)"/.exec(String(payload))?.[1] ?? token;
                    if (token !== "") resolve();
                }),
            ),
        );
        await page.reload();
        await atStart(page);
        await fill(page, 2);
        await toPay(page);
        await card(page).click();
        const path = page.getByRole("img", { name: /QR code/ }).locator("path");
        await path.waitFor();
        await heard;
        return { drawn: await path.getAttribute("d"), token };
    };
    const drawnFor = (link: string) =>
        encode(link, { ecc: "M", border: 2 })
            .data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
            .join("");
    const key = "phones_url";
    const own = await place({});
    expect(own.drawn).toBe(drawnFor(`${screens.origin}/o/${own.token}`));
    const value = "http://192.168.0.9:3001";
    await box.change("SettingsService/SetSetting", { key, value });
    const byCafe = await place({});
    expect(byCafe.drawn).toBe(drawnFor(`${value}/o/${byCafe.token}`));
    const phones = "https://cafe.example";
    const byAddress = await place({ phones });
    expect(byAddress.drawn).toBe(drawnFor(`${phones}/o/${byAddress.token}`));
    await box.change("SettingsService/SetSetting", { key, value: "" });
});
