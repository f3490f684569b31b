import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const tea = { menuId: 17, quantity: 1 };
const phone = { width: 390, height: 844 };

test("a customer sees the line move, the order being made, ready, and goodbye", async () => {
    const [first, mine] = [await box.place([tea]), await box.place([tea, tea])];
    const { orderId } = mine.order;
    const page = await screens.open(`/o/${mine.orderToken}?lang=ko`, { ...phone, theme: "light" });
    await page.getByRole("heading", { name: String(mine.order.dailyNum), exact: true }).waitFor();
    await page.getByText("앞에 1건").waitFor();
    await picture(page, "order-ko-light");
    await expectAccessible(page);
    await box.change("OrderService/BumpLines", { orderId: first.order.orderId });
    await page.getByText("다음 차례입니다").waitFor();
    await box.change("OrderService/BumpLines", { orderId, lineIds: [1] });
    await page.getByText("만들고 있습니다").waitFor();
    await box.change("OrderService/BumpLines", { orderId });
    await page.getByText("준비되었습니다!").waitFor();
    await picture(page, "order-ko-ready");
    await expectAccessible(page);
    await box.change("OrderService/SetOrderStatus", { orderId, status: "COMPLETED" });
    await page.getByText("맛있게 드세요").waitFor();
});

test("it shows no other order, and calls its owner when it is ready", async () => {
    const [mine, other] = [await box.place([tea]), await box.place([tea])];
    const context = await screens.device(phone);
    const page = await context.newPage();
    await screens.watch(page);
    await page.addInitScript(() => {
        const calls: unknown[] = [];
        Object.assign(window, { calls });
        navigator.vibrate = (pattern) => calls.push(pattern) > 0;
    });
    await page.goto(`${screens.origin}/o/${mine.orderToken}`);
    await page.getByText("We have your order").waitFor();
    await box.change("OrderService/BumpLines", { orderId: other.order.orderId });
    await box.change("OrderService/BumpLines", { orderId: mine.order.orderId });
    await page.getByText("It is ready!").waitFor();
    await page.waitForFunction(() => (window as unknown as { calls: unknown[] }).calls.length > 0);
    expect(await page.locator("[data-status] h1").allTextContents()).toEqual([
        String(mine.order.dailyNum),
    ]);
});

test("it is cancelled by its owner after a question, once, and not any more when it is ready", async () => {
    const mine = await box.place([tea]);
    const page = await screens.open(`/o/${mine.orderToken}`, phone);
    await page.getByRole("button", { name: "Cancel the order" }).click();
    await page.getByRole("button", { name: "No" }).click();
    await page.getByRole("button", { name: "Cancel the order" }).click();
    await page.getByRole("button", { name: "Yes, cancel it" }).dblclick();
    await page.getByText("The order was cancelled").waitFor();
    const ready = await box.place([tea]);
    const other = await screens.open(`/o/${ready.orderToken}`, phone);
    await other.getByRole("button", { name: "Cancel the order" }).waitFor();
    await box.change("OrderService/BumpLines", { orderId: ready.order.orderId });
    await other.getByText("It is ready!").waitFor();
    expect(await other.getByRole("button", { name: "Cancel the order" }).count()).toBe(0);
});

test("staff are called, and a link that is worth nothing says goodbye", async () => {
    const mine = await box.place([tea]);
    const page = await screens.open(`/o/${mine.orderToken}`, phone);
    await page.getByRole("button", { name: "Call the staff" }).click();
    await expect
        .poll(
            async () => (await box.call<{ bells: object[] }>("MessageService/ListBells", {})).bells,
        )
        .toMatchObject([{ dailyNum: mine.order.dailyNum, rings: 1 }]);
    await page.getByText("The staff was called").waitFor();
    const wrong = await screens.open("/o/ko.ORD-1-abcdef.AAAA", phone);
    await wrong.getByText("Goodbye").waitFor();
    await expectAccessible(wrong);
});
