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

/** Chooses an item as it comes, and goes to where one pays. */
async function fill(page: Page, menuId: number, category = "Coffee"): Promise<void> {
    await page.getByRole("button", { name: "Take away" }).click();
    await page.getByRole("button", { name: category, exact: true }).click();
    await tile(page, menuId).click();
    await next(page).click();
    await page.locator("dialog").waitFor({ state: "detached" });
}

async function toPay(page: Page): Promise<void> {
    await page.locator("main[data-step=menu] [data-next]").click();
    await page.locator("main[data-step=basket] [data-next]").click();
    await page.locator("main[data-step=pay]").waitFor();
}

const card = (page: Page) => page.locator("main[data-step=pay] [data-choice]").first();
const numberOf = (page: Page) => page.locator("[data-number]").innerText();

interface Listed {
    orderId: string;
    dailyNum: number;
    totalAmount: number;
    status: string;
    payType: string;
    source: string;
    items: { menuName: string; options: { optionName: string; quantity: number }[] }[];
}

async function orders(): Promise<Listed[]> {
    return (await box.call<{ orders: Listed[] }>("OrderService/ListOrders", {})).orders;
}

async function ordersSince(before: Listed[]): Promise<Listed[]> {
    return (await orders()).slice(before.length);
}

test("a customer orders with options and pays with a cell, and the kitchen sees it", async () => {
    const before = await orders();
    const kitchen = await screens.open("/kitchen?station=bar", { width: 1920, height: 1080 });
    await kitchen.locator('[data-status="connected"]').waitFor();
    const page = await openKiosk("en");
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
    expect(await ordersSince(before)).toEqual([]);
    for (const digit of "4711") await page.locator(`[data-digit="${digit}"]`).click();
    await next(page).click();
    const number = await numberOf(page);
    await page.getByText("₩4,700 paid with points").waitFor();
    await kitchen.locator(`[data-order="${number}"]`).getByText("Extra shot ×2").waitFor();

    const [order, ...others] = await ordersSince(before);
    expect(others).toEqual([]);
    expect(order).toMatchObject({ totalAmount: 4700, payType: "CELL", source: "KIOSK" });
    const { cells } = await box.call<{ cells: { cellId: number; balance: number }[] }>(
        "CellService/ListCells",
        {},
    );
    expect(cells.find(({ cellId }) => cellId === 1)?.balance).toBe(95_300);
    await page.getByRole("button", { name: "Done" }).click();
    await page.locator("main[data-step=attract] .start").first().waitFor();
    expect(screens.misdeeds).toEqual([]);
});

test("a cell that has too little is told so before, and pays nothing", async () => {
    const before = await orders();
    const { cell } = await box.change<{ cell: { cellId: number } }>("CellService/PutCell", {
        name: "빈 셀",
    });
    const page = await openKiosk("en");
    await fill(page, 2);
    await toPay(page);
    await page.getByRole("button", { name: "Cell points" }).click();
    await page.getByRole("button", { name: "빈 셀" }).click();
    await page.getByText("3,800 points are missing").waitFor();
    await page.getByRole("button", { name: "Pay another way" }).click();
    await card(page).click();
    await numberOf(page);
    expect(await ordersSince(before)).toMatchObject([{ payType: "CARD" }]);
    await box.change("CellService/ArchiveCell", { cellId: cell.cellId, isArchived: true });
});

test("a double tap places one order", async () => {
    const before = await orders();
    const page = await openKiosk("en");
    await fill(page, 1);
    await toPay(page);
    await page.evaluate(() => {
        const buttons = document.querySelectorAll<HTMLElement>("main [data-choice]");
        for (let tap = 0; tap < 5; tap += 1) for (const at of [0, 1]) buttons[at]?.click();
    });
    await numberOf(page);
    expect(await ordersSince(before)).toHaveLength(1);
});

test("the service is killed while it places: exactly one order, also over a reload", async () => {
    for (const reloads of [false, true]) {
        const before = await orders();
        const page = await openKiosk("en");
        await fill(page, 1);
        await toPay(page);
        // It is cut at once after the order was sent: whether it arrived is chance.
        const sent = card(page).click();
        await sent;
        await box.kill();
        if (reloads) await page.reload().catch(() => undefined);
        await box.restart();
        if (reloads) await page.reload();
        await page.locator("[data-number]").waitFor({ timeout: 60_000 });
        expect(await ordersSince(before)).toHaveLength(1);
        await page.getByRole("button", { name: "Done" }).click();
        expect(await page.evaluate(() => sessionStorage.getItem("kiosk.placing"))).toBeNull();
        await screens.clear();
    }
}, 180_000);

test("an answer that is lost on its way back orders nothing twice", async () => {
    const before = await orders();
    const context = await screens.device({ ...LANDSCAPE, lang: "en" });
    const kiosk = await context.newPage();
    await screens.watch(kiosk);
    // The first socket loses the answer to the order, and then itself.
    let isCut = false;
    await kiosk.routeWebSocket(/\/ws/, (socket) => {
        const server = socket.connectToServer();
        let orderCall = "";
        socket.onMessage((message) => {
            const text = String(message);
            if (!isCut && text.includes("PlaceOrder")) {
                orderCall = (JSON.parse(text) as { id: string }).id;
            }
            server.send(message);
        });
        server.onMessage((message) => {
            const isAnswer = orderCall !== "" && String(message).includes(`"id":"${orderCall}"`);
            if (!isAnswer) return socket.send(message);
            isCut = true;
            void socket.close({ code: 1001 });
        });
    });
    await kiosk.goto(`${screens.origin}/kiosk?lang=en`);
    await kiosk.locator("main[data-status=connected] .start").first().waitFor();
    await fill(kiosk, 1);
    await toPay(kiosk);
    await card(kiosk).click();
    await kiosk.getByText("Making sure that your order arrived").waitFor();
    await picture(kiosk, "kiosk-sending");
    await numberOf(kiosk);
    expect(isCut).toBe(true);
    expect(await ordersSince(before)).toHaveLength(1);
});
