// A customer at a kiosk: what tests have in common.
import type { Page } from "playwright-core";
import type { Box } from "./box.ts";
import type { Look, Screens } from "./screens.ts";

export const PORTRAIT = { width: 1080, height: 1920, theme: "light" } as const;
export const LANDSCAPE = { width: 1280, height: 800, theme: "light" } as const;

export async function openKiosk(
    screens: Screens,
    query: Record<string, string> = {},
    look: Look = LANDSCAPE,
): Promise<Page> {
    const page = await screens.open(
        `/kiosk?${new URLSearchParams({ lang: "en", ...query })}`,
        look,
    );
    await atStart(page);
    return page;
}

export async function atStart(page: Page): Promise<void> {
    await page.locator("main[data-status=connected][data-step=attract] .start").first().waitFor();
}

export const tile = (page: Page, menuId: number) => page.locator(`[data-menu="${menuId}"]`);
export const next = (page: Page) => page.locator("[data-next]").last();

/** Chooses an item as it comes, and goes to where one pays. */
export async function fill(page: Page, menuId: number, category = "Coffee"): Promise<void> {
    await page.getByRole("button", { name: "Take away" }).click();
    await page.getByRole("button", { name: category, exact: true }).click();
    await tile(page, menuId).click();
    await next(page).click();
    await page.locator("dialog").waitFor({ state: "detached" });
}

export async function toPay(page: Page): Promise<void> {
    await page.locator("main[data-step=menu] [data-next]").click();
    await page.locator("main[data-step=basket] [data-next]").click();
    await page.locator("main[data-step=pay] [data-choice]:enabled").first().waitFor();
}

export const card = (page: Page) => page.locator("main[data-step=pay] [data-choice]").first();
export const numberOf = (page: Page) => page.locator("[data-number]").innerText();

export interface Listed {
    orderId: string;
    dailyNum: number;
    totalAmount: number;
    status: string;
    payType: string;
    source: string;
    items: { menuName: string; options: { optionName: string; quantity: number }[] }[];
}

export async function orders(box: Box): Promise<Listed[]> {
    return (await box.call<{ orders: Listed[] }>("OrderService/ListOrders", {})).orders;
}

export async function ordersSince(box: Box, before: Listed[]): Promise<Listed[]> {
    return (await orders(box)).slice(before.length);
}

/**
 * The first order of a page that is loaded next arrives, but never its answer; then there is no
 * connection until what this returns is called.
 */
export async function loseAnswer(page: Page): Promise<() => void> {
    let order = "";
    let isCut = false;
    await page.routeWebSocket(/\/ws/, (socket) => {
        if (isCut) return void socket.close({ code: 1001 });
        const server = socket.connectToServer();
        socket.onMessage((message) => {
            const text = String(message);
            if (order === "" && text.includes("PlaceOrder")) {
                order = (JSON.parse(text) as { id: string }).id;
            }
            server.send(message);
        });
        server.onMessage((message) => {
            isCut ||= order !== "" && String(message).includes(`"id":"${order}"`);
            if (isCut) void socket.close({ code: 1001 });
            else socket.send(message);
        });
    });
    return () => {
        [isCut, order] = [false, "healed"];
    };
}
