import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { LAPTOP } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { openKiosk } from "./customer.ts";
import { picture, type Look, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const WALL = { width: 1920, height: 1080 };
const CUSTOMERS = 400;
/** So long screens may be behind, at most, that were told of a day within seconds. */
const SOON = { timeout: 30_000 };

interface Line {
    lineId: number;
    status: string;
    station: string;
}

interface Order {
    orderId: string;
    dailyNum: number;
    status: string;
    totalAmount: number;
    items: Line[];
}

interface MenuItem {
    menuId: number;
    station: string;
    categoryId: number;
    isSoldOut: boolean;
    remaining?: number;
    optionGroups: { min: number; options: { isSoldOut: boolean }[] }[];
}

interface Snapshot {
    orders: Order[];
    menu: MenuItem[];
    categories: { categoryId: number; nameEn: string }[];
}

const snapshotOf = () => box.call<Snapshot>("EventService/GetSnapshot", {});

/** Of the day, all of its pages. */
async function ordersOf(): Promise<Order[]> {
    type Answer = { orders: Order[]; nextPageToken: string };
    const all: Order[] = [];
    let pageToken = "";
    do {
        const request = { pageSize: 200, pageToken };
        const answer = await box.call<Answer>("OrderService/ListOrders", request);
        all.push(...answer.orders);
        pageToken = answer.nextPageToken;
    } while (pageToken !== "");
    return all;
}

async function countOrders(): Promise<number> {
    type Answer = { store: { orders: string } };
    return Number((await box.call<Answer>("AdminService/GetStats", {})).store.orders);
}

/** A screen, with what it is told and how often it says that it has painted. */
async function openCounted(path: string, look: Look) {
    const page = await (await screens.device(look)).newPage();
    await screens.watch(page);
    const counts = { events: 0, paints: 0 };
    page.on("websocket", (socket) => {
        socket.on("framereceived", ({ payload }) => {
            counts.events += Number(String(payload).includes('"seq":'));
        });
        socket.on("framesent", ({ payload }) => {
            counts.paints += Number(String(payload).includes('"event":"ack"'));
        });
    });
    await page.goto(screens.origin + path);
    await page.locator('[data-status="connected"]').waitFor();
    return { page, counts };
}

/** The cards of a kitchen screen: by order, which of its lines are done. Voids wait to be seen. */
function cardsOn(page: Page): Promise<Record<string, string>> {
    return page.locator("article[data-order]").evaluateAll((cards) =>
        Object.fromEntries(
            cards
                .filter((card) => !["void", "ready"].includes(card.getAttribute("data-state")!))
                .map((card) => [
                    card.getAttribute("data-order"),
                    Array.from(card.querySelectorAll("[data-line]"), (line) => {
                        const [{ classList }, id] = [line, line.getAttribute("data-line")];
                        const is = (name: string) => classList.contains(name);
                        return `${id} ${is("void") ? "CANCELLED" : is("done") ? "DONE" : "WAITING"}`;
                    }).join(),
                ]),
        ),
    );
}

function cardsOf({ orders }: Snapshot, station = ""): Record<string, string> {
    const open = orders
        .filter(({ status }) => status === "PENDING" || status === "MAKING")
        .map(({ dailyNum, items }) => ({
            dailyNum,
            lines: items.filter((line) => station === "" || line.station === station),
        }))
        .filter(({ lines }) => lines.some(({ status }) => status === "WAITING"));
    return Object.fromEntries(
        open.map(({ dailyNum, lines }) => [
            String(dailyNum),
            lines.map(({ lineId, status }) => `${lineId} ${status}`).join(),
        ]),
    );
}

const numbersOn = (page: Page, column: string) =>
    page
        .locator(`[data-column=${column}] [data-number]`)
        .evaluateAll((all) => all.map((it) => Number(it.getAttribute("data-number"))).sort());

function numbersOf({ orders }: Snapshot, ...statuses: string[]): number[] {
    return orders
        .filter(({ status }) => statuses.includes(status))
        .map(({ dailyNum }) => dailyNum)
        .sort();
}

const tile = (page: Page, name: string) => page.getByTestId(name).textContent();
const digits = async (text: Promise<string | null>) => Number((await text)?.replace(/\D/g, ""));

/** Each screen says what the box does. */
async function expectAgreement(day: {
    all: Page;
    station: Page;
    board: Page;
    admin: Page;
}): Promise<void> {
    const [snapshot, orders] = [await snapshotOf(), await ordersOf()];
    type Answer = {
        report: { orders: string; net: string; cancelledOrders: { count: string } };
    };
    const { report } = await box.call<Answer>("ReportService/GetReport", {});
    const { all, station, board, admin } = day;
    await expect.poll(() => cardsOn(all), SOON).toEqual(cardsOf(snapshot));
    await expect.poll(() => cardsOn(station), SOON).toEqual(cardsOf(snapshot, "bar"));
    await expect
        .poll(() => numbersOn(board, "preparing"), SOON)
        .toEqual(numbersOf(snapshot, "PENDING", "MAKING"));
    await expect.poll(() => numbersOn(board, "ready"), SOON).toEqual(numbersOf(snapshot, "READY"));

    const standing = orders.filter(({ status }) => status !== "CANCELLED");
    const sales = standing.reduce((sum, { totalAmount }) => sum + totalAmount, 0);
    expect(Number(report.net)).toBe(sales);
    expect(Number(report.orders) - Number(report.cancelledOrders.count)).toBe(standing.length);
    await expect.poll(() => digits(tile(admin, "sales")), SOON).toBe(sales);
    await expect.poll(() => digits(tile(admin, "orders")), SOON).toBe(standing.length);
    const open = numbersOf(snapshot, "PENDING", "MAKING").length;
    await expect.poll(() => digits(tile(admin, "waiting")), SOON).toBe(open);
    const ready = numbersOf(snapshot, "READY").length;
    await expect.poll(() => digits(tile(admin, "ready")), SOON).toBe(ready);
    await admin.getByText(`${orders.length - standing.length} cancelled`).waitFor();
}

test("after a whole day, with the power cut in the middle, every screen says what the box does", async () => {
    const counted = await Promise.all([
        openCounted("/kitchen", WALL),
        openCounted("/kitchen?station=bar", WALL),
        openCounted("/board", WALL),
        openCounted("/admin#/today", LAPTOP),
    ]);
    const [all, station, board, admin] = counted.map(({ page }) => page) as [
        Page,
        Page,
        Page,
        Page,
    ];
    const kiosk = await openKiosk(screens, { idle: "3600" });
    const pages = [all, station, board, admin, kiosk];
    let loads = 0;
    for (const page of pages) page.on("load", () => (loads += 1));

    const simulated = box.kioskctl(
        ...["simulate", "--speed", "max", "--customers", String(CUSTOMERS)],
    );
    let isOver = false;
    void simulated.then(() => (isOver = true));
    await expect.poll(countOrders, SOON).toBeGreaterThan(CUSTOMERS / 4);
    expect(isOver).toBe(false);
    await box.kill();
    await board.getByRole("alert").getByText("Connection lost").waitFor();
    await box.restart();
    await simulated;
    await Promise.all(pages.map((page) => page.locator('[data-status="connected"]').waitFor()));
    await expectAgreement({ all, station, board, admin });
    await leaveWork();
    await expectAgreement({ all, station, board, admin });
    await expectSoldOut(kiosk);
    for (const [nth, { page, counts }] of counted.entries()) {
        await picture(page, `whole-day-${nth + 1}`);
        const { events, paints } = counts;
        expect(events).toBeGreaterThan(CUSTOMERS);
        // What happens while a frame is made is painted with the next one.
        expect(paints).toBeGreaterThan(0);
        expect(paints).toBeLessThan(events / 2);
    }
    expect(loads).toBe(0);
}, 120_000);

/** A crew goes home when all is done; so that there is something to compare, this is left over. */
async function leaveWork(): Promise<void> {
    const { menu } = await snapshotOf();
    const plain = (station: string) =>
        menu.find((it) => it.station === station && it.optionGroups.every(({ min }) => min === 0))!;
    const [bar, kitchen] = ["bar", "kitchen"].map((station) => ({
        menuId: plain(station).menuId,
        quantity: 2,
    }));
    // The day may have eaten all of it.
    for (const { menuId } of [bar!, kitchen!]) {
        await box.change("MenuService/SetStock", { items: [{ menuId, remaining: 100 }] });
        await box.change("MenuService/SetSoldOut", { menuId, isSoldOut: false });
    }
    const place = async () => (await box.place([bar!, kitchen!, bar!])).order.orderId;
    const change = (method: string, request: object) =>
        box.change(`OrderService/${method}`, request);
    await place();
    const [begun, atBar, ready, again, gone, hurried, less] = [
        ...[await place(), await place(), await place(), await place()],
        ...[await place(), await place(), await place()],
    ];
    await change("SetOrderStatus", { orderId: begun, status: "MAKING" });
    await change("BumpLines", { orderId: atBar, station: "bar" });
    await change("BumpLines", { orderId: ready });
    await change("BumpLines", { orderId: again });
    const lines = [{ lineId: 1, quantity: 1 }];
    await change("RemakeLines", { orderId: again, lines, reason: "spilt" });
    await change("CancelOrder", { orderId: gone, reason: "left" });
    await change("SetPriority", { orderId: hurried, isPriority: true });
    await change("CancelLines", { orderId: less, lines, reason: "changed mind" });
    await box.change("MenuService/SetSoldOut", { menuId: bar!.menuId, isSoldOut: true });
}

/** What can't be had is marked at the kiosk, and nothing else is. */
async function expectSoldOut(kiosk: Page): Promise<void> {
    const { menu, categories } = await snapshotOf();
    const isOut = ({ isSoldOut, remaining, optionGroups }: MenuItem) =>
        isSoldOut ||
        remaining === 0 ||
        optionGroups.some(
            ({ min, options }) => min > 0 && options.every(({ isSoldOut }) => isSoldOut),
        );
    expect(menu.some(isOut)).toBe(true);
    await kiosk.getByRole("button", { name: "Take away" }).click();
    for (const { categoryId, nameEn } of categories) {
        const items = menu.filter((item) => item.categoryId === categoryId);
        await kiosk.getByRole("button", { name: nameEn, exact: true }).click();
        for (const item of items) {
            const shown = kiosk.locator(`[data-menu="${item.menuId}"]`);
            await shown.waitFor();
            expect(await shown.getByText("Sold out").count(), nameEn).toBe(isOut(item) ? 1 : 0);
        }
    }
    await picture(kiosk, "whole-day-5");
}
