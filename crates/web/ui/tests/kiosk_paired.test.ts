import { beforeAll, expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { atStart, card, LANDSCAPE, loseAnswer, next, numberOf, toPay } from "./customer.ts";
import type { Screens } from "./screens.ts";

let box: Box;
let screens: Screens;
let admin: string;

openCafe((cafe) => ({ box, screens } = cafe), { isDemo: false });

beforeAll(async () => {
    admin = await redeem(box.adminCode);
    await asAdmin("MenuService/PutMenuItem", {
        item: { name: "라떼", nameEn: "Latte", price: 4000 },
    });
    const plan = { seatId: "A1", name: "A1", width: 100, height: 100, seats: 2 };
    await asAdmin("SeatService/PutSeat", plan);
    const { cell } = await asAdmin<{ cell: { cellId: number } }>("CellService/PutCell", {
        name: "Choir",
    });
    const { cellId } = cell;
    await asAdmin("CellService/ChargeCell", { cellId, amount: 10_000 });
    await asAdmin("CellService/PutCellMember", { cellId, name: "Kim", pin: "1234" });
});

function asAdmin<Answer>(method: string, request: object): Promise<Answer> {
    return box.call(method, { requestId: crypto.randomUUID(), ...request }, admin);
}

async function redeem(code: string): Promise<string> {
    const request = { requestId: crypto.randomUUID(), code };
    const { token } = await box.call<{ token: string }>("DeviceService/RedeemPairingCode", request);
    return token;
}

test("what a kiosk may do is enough for it: a seat, points, an order that is left", async () => {
    const { code } = await asAdmin<{ code: string }>("DeviceService/CreatePairingCode", {
        role: "KIOSK",
        name: "Door",
    });
    const page = await screens.open("/pair?lang=en", LANDSCAPE);
    await page.keyboard.type(code.toLowerCase());
    await page.keyboard.press("Enter");
    await page.waitForURL("**/kiosk");
    await atStart(page);

    await page.getByRole("button", { name: "Eat here" }).click();
    await page.locator("[data-menu]").click();
    await next(page).click();
    await page.locator("main[data-step=menu] [data-next]").click();
    await page.locator("main[data-step=basket] [data-next]").click();
    await page.locator('[data-seat="A1"]').click();
    await page.locator('[data-seat="A1"].mine').waitFor();
    await page.getByRole("button", { name: "Call staff" }).click();
    await page.getByText("Staff are called").waitFor();
    const bells = await box.call("MessageService/ListBells", {}, admin);
    expect(bells).toMatchObject({ bells: [{ seatId: "", orderId: "", place: "Door" }] });
    await next(page).click();
    await next(page).click();
    await page.getByRole("button", { name: "Cell points" }).click();
    await page.getByRole("button", { name: "Choir" }).click();
    await page.getByRole("button", { name: "Kim" }).click();
    for (const digit of "1234") await page.locator(`[data-digit="${digit}"]`).click();
    await next(page).click();
    expect(await numberOf(page)).toBe("1");
    await page.getByRole("button", { name: "Done" }).click();

    const heal = await loseAnswer(page);
    await page.reload();
    await atStart(page);
    await page.getByRole("button", { name: "Take away" }).click();
    await page.locator("[data-menu]").click();
    await next(page).click();
    await toPay(page);
    await card(page).click();
    await page.getByRole("button", { name: "Leave" }).click();
    heal();
    await atStart(page);
    type Answer = { orders: { status: string; payType: string }[] };
    const { orders } = await box.call<Answer>("OrderService/ListOrders", {}, admin);
    expect(orders).toMatchObject([
        { status: "PENDING", payType: "CELL" },
        { status: "CANCELLED", payType: "CARD" },
    ]);
});
