import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openAdmin, TABLET } from "./admin.ts";
import type { Box, Placed } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, MOUSE_PX, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const AMERICANO = { menuId: 1, quantity: 3, options: [{ optionId: 1 }, { optionId: 11 }] };
const TEA = { menuId: 17, quantity: 1 };

interface Answer {
    order: {
        totalAmount: number;
        status: string;
        items: { lineId: number; quantity: number; status: string; remakes: number }[];
    };
}

async function orderOf({ order: { orderId } }: Placed): Promise<Answer["order"]> {
    return (await box.call<Answer>("OrderService/GetOrder", { orderId })).order;
}

const panel = (page: Page) => page.getByRole("complementary", { name: "One order" });

async function open({ order }: Placed, look?: object): Promise<Page> {
    return openAdmin(screens, `orders/${order.orderId}`, look);
}

test("a part of a line is cancelled, with what goes back said before, and the rest stays", async () => {
    const placed = await box.place([AMERICANO, TEA]);
    const before = (await orderOf(placed)).totalAmount;
    const admin = await open(placed);
    await panel(admin).getByRole("button", { name: "Cancel 아메리카노" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByText("Refund ₩9,000 at the card terminal").waitFor();
    await dialog.getByLabel("How many of 아메리카노").fill("1");
    await dialog.getByText("Refund ₩3,000 at the card terminal").waitFor();
    await dialog.getByText("so stock goes back, too").waitFor();
    await dialog.getByLabel("Reason").fill("changed mind");
    await picture(admin, "admin-cancel-lines-en-light");
    await expectAccessible(admin, MOUSE_PX);
    await dialog.getByRole("button", { name: "Cancel these" }).click();
    await panel(admin).getByText("Line cancelled: 아메리카노").waitFor();
    await panel(admin).getByText("changed mind").first().waitFor();
    const after = await orderOf(placed);
    expect(after.totalAmount).toBe(before - 3000);
    expect(after.items.map(({ quantity, status }) => [quantity, status])).toEqual([
        [2, "WAITING"],
        [1, "WAITING"],
        [1, "CANCELLED"],
    ]);

    // All that is left, so that the order goes with it.
    await panel(admin).getByRole("button", { name: "Cancel 아메리카노" }).click();
    await dialog.getByRole("checkbox").last().check();
    await dialog.getByText("Nothing is left of it").waitFor();
    await dialog.getByRole("button", { name: "Cancel these" }).click();
    await panel(admin).getByText("Cancelled", { exact: true }).first().waitFor();
    expect(await panel(admin).getByRole("button", { name: "Add items" }).count()).toBe(0);
});

test("what was spilt is made again at no price, and the kitchen sees it", async () => {
    const placed = await box.place([AMERICANO]);
    const { orderId, dailyNum } = placed.order;
    const admin = await open(placed);
    const remake = panel(admin).getByRole("button", { name: "Make 아메리카노 again" });
    await panel(admin).getByRole("button", { name: "Start making" }).waitFor();
    expect(await remake.count()).toBe(0);
    await box.change("OrderService/BumpLines", { orderId });
    await panel(admin).getByText("All ready").waitFor();
    await remake.click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("How many of 아메리카노").fill("1");
    await dialog.getByText("costs the customer nothing").waitFor();
    await dialog.getByLabel("Reason").fill("spilt");
    await dialog.getByRole("button", { name: "Make again" }).click();
    await panel(admin).getByText("Made again: 아메리카노").waitFor();
    await panel(admin).getByText("Being made").waitFor();
    const kitchen = await screens.open("/kitchen");
    const card = kitchen.locator(`[data-order="${dailyNum}"]`);
    await card.getByText("REMAKE").waitFor();
    await card.getByText("spilt").waitFor();
    const { items, totalAmount } = await orderOf(placed);
    expect(totalAmount).toBe(9000);
    expect(items.map(({ quantity, remakes, status }) => [quantity, remakes, status])).toEqual([
        [2, 0, "DONE"],
        [1, 1, "WAITING"],
    ]);
});

test("an item is added with its options, for the total that was shown", async () => {
    const placed = await box.place([TEA]);
    const admin = await open(placed, TABLET);
    const before = (await orderOf(placed)).totalAmount;
    await panel(admin).getByRole("button", { name: "Add items" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("Item").selectOption("1");
    await dialog.getByLabel("How many").fill("2");
    await dialog.getByRole("group").first().waitFor();
    const shown = await dialog.getByTestId("new-total").textContent();
    await picture(admin, "admin-add-en-dark");
    await expectAccessible(admin, MOUSE_PX);

    // The price goes up before it is sent: nobody pays what was not shown.
    type Menu = { items: { menuId: number; price: number }[] };
    const { items } = await box.call<Menu>("MenuService/ListMenus", {});
    const item = items.find(({ menuId }) => menuId === 1)!;
    const held = await hold(admin, "AddToOrder");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await held.asked;
    await box.change("MenuService/PutMenuItem", { item: { ...item, price: item.price + 500 } });
    await held.release();
    await dialog.getByRole("alert").getByText("₩").waitFor();
    await expect.poll(() => dialog.getByTestId("new-total").textContent()).not.toBe(shown);
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    await panel(admin).getByText("Added: 아메리카노 ×2").waitFor();
    const total = (await orderOf(placed)).totalAmount;
    expect(total).toBe(before + 2 * (item.price + 500));
    await box.change("MenuService/PutMenuItem", { item });
});

test("an order that others have changed meanwhile is refused in words", async () => {
    const placed = await box.place([TEA]);
    const { orderId } = placed.order;
    const admin = await openAdmin(screens, `orders/${orderId}`, { lang: "ko" });
    const one = admin.getByRole("complementary", { name: "주문 내용" });
    await one.getByRole("button", { name: "메뉴 추가" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("메뉴", { exact: true }).selectOption("17");
    await box.change("OrderService/CancelOrder", { orderId });
    await dialog.getByRole("button", { name: "추가", exact: true }).click();
    await dialog.getByRole("alert").waitFor();
    expect(await dialog.getByRole("alert").textContent()).toMatch(/[가-힣]/);
    await admin.keyboard.press("Escape");
    await one.getByText("취소됨", { exact: true }).first().waitFor();
    expect(await one.getByRole("button", { name: "한 단계 뒤로" }).count()).toBe(0);
});

test("the history of an order says what happened, in order", async () => {
    const placed = await box.place([TEA]);
    const { orderId } = placed.order;
    await box.change("OrderService/AddToOrder", { orderId, items: [{ ...TEA, quantity: 2 }] });
    await box.change("OrderService/BumpLines", { orderId, lineIds: [1] });
    await box.change("OrderService/BumpLines", { orderId });
    await box.change("OrderService/SetOrderStatus", { orderId, status: "COMPLETED" });
    const admin = await openAdmin(screens, `orders/${orderId}`);
    await panel(admin).getByText("Handed over").first().waitFor();
    const steps = panel(admin).locator("ol li > span");
    expect((await steps.allInnerTexts()).map((text) => text.trim())).toEqual([
        "Placed",
        "Added: 대추차 ×2",
        "Done: 대추차",
        "Done: 대추차 ×2",
        "All ready",
        "Handed over",
    ]);
    await picture(admin, "admin-history-en-light");
    await expectAccessible(admin, MOUSE_PX);
    await panel(admin).getByRole("button", { name: "One step back" }).click();
    await panel(admin).getByRole("button", { name: "Handed over" }).waitFor();
});

/** From now on the page's calls of this method wait to be let go. */
async function hold(page: Page, method: string) {
    await page.evaluate((name) => {
        const send = WebSocket.prototype.send;
        const held: (() => void)[] = [];
        const own = window as unknown as { isHeld: boolean; letGo(): void };
        own.isHeld = false;
        own.letGo = () => {
            WebSocket.prototype.send = send;
            for (const go of held) go();
        };
        WebSocket.prototype.send = function (data) {
            if (!String(data).includes(name)) return send.call(this, data);
            own.isHeld = true;
            held.push(() => send.call(this, data));
        };
    }, method);
    return {
        asked: page.waitForFunction(() => (window as unknown as { isHeld: boolean }).isHeld),
        release: () => page.evaluate(() => (window as unknown as { letGo(): void }).letGo()),
    };
}
