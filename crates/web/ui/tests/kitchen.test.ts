import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Box, Placed } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

/** Of the demo's menu: made at the bar, in the kitchen and at the dessert counter. */
let bar: number, kitchen: number, dessert: number;

beforeAll(async () => {
    const { items } = await box.call<{ items: MenuItem[] }>("MenuService/ListMenus", {});
    const plain = (station: string) =>
        items.find(
            (item) => item.station === station && item.optionGroups.every(({ min }) => min === 0),
        )!.menuId;
    [bar, kitchen, dessert] = [plain("bar"), plain("kitchen"), plain("dessert")];
});

interface MenuItem {
    menuId: number;
    station: string;
    optionGroups: { min: number }[];
}

const card = (page: Page, { order }: Placed) => page.locator(`[data-order="${order.dailyNum}"]`);
const bump = (page: Page, placed: Placed) => card(page, placed).locator("footer .bump").click();
const one = (menuId: number) => ({ menuId, quantity: 1 });

async function openKitchen(query = ""): Promise<Page> {
    const page = await screens.open(`/kitchen${query}`, { width: 1920, height: 1080 });
    await page.locator('[data-status="connected"]').waitFor();
    return page;
}

/** Leaves nothing to make for the next test. */
async function clear(...all: Placed[]): Promise<void> {
    for (const { order } of all) {
        await box
            .change("OrderService/CancelOrder", { orderId: order.orderId })
            .catch(() => undefined);
    }
}

test("each station makes its part, and expo hands over what all have made", async () => {
    const [atBar, atKitchen, expo] = await Promise.all([
        openKitchen("?station=bar"),
        openKitchen("?station=kitchen"),
        openKitchen("?expo=1"),
    ]);
    const placed = await box.place([one(bar), one(kitchen)], { table: "7" });
    await card(atBar, placed).getByText("also at: Kitchen").waitFor();
    expect(await card(atBar, placed).locator("[data-line]").count()).toBe(1);
    await card(expo, placed).getByText("Waits for Bar, Kitchen").waitFor();

    await bump(atBar, placed);
    await card(atBar, placed).waitFor({ state: "detached" });
    await card(expo, placed).getByText("Waits for Kitchen").click();
    await expo.getByText(`${placed.order.dailyNum} is still being made: Kitchen`).waitFor();

    await bump(atKitchen, placed);
    await card(atKitchen, placed).waitFor({ state: "detached" });
    await card(expo, placed).and(expo.locator('[data-state="ready"]')).waitFor();
    await bump(expo, placed);
    await card(expo, placed).waitFor({ state: "detached" });
});

test("what was bumped too early comes back by undo, by the recall list and by a tap on its line", async () => {
    const page = await openKitchen();
    const placed = await box.place([one(bar), one(bar)]);
    const line = (nth: number) => card(page, placed).locator(`[data-line="${nth}"] button`);
    await line(1).click();
    await card(page, placed).locator('[data-line="1"].done').waitFor();
    await line(1).click();
    await card(page, placed).locator('[data-line="1"]:not(.done)').waitFor();

    await bump(page, placed);
    await card(page, placed).waitFor({ state: "detached" });
    await page.getByText(`Undo ${placed.order.dailyNum} done`).click();
    await card(page, placed).waitFor();

    await bump(page, placed);
    await card(page, placed).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Recall", exact: true }).click();
    const row = page.locator("dialog li", { hasText: String(placed.order.dailyNum) }).first();
    await row.getByRole("button").click();
    await page.keyboard.press("Escape");
    await card(page, placed).waitFor();
    await clear(placed);
});

test("a second tap does not hit the card that has come under the finger", async () => {
    const page = await openKitchen();
    const [first, second] = [await box.place([one(bar)]), await box.place([one(bar)])];
    await card(page, second).waitFor();
    const spot = await card(page, first).locator("footer .bump").boundingBox();
    const tap = () => page.mouse.click(spot!.x + spot!.width / 2, spot!.y + spot!.height / 2);
    await tap();
    await card(page, first).waitFor({ state: "detached" });
    await tap();
    expect(await card(page, second).getByRole("button", { name: "Done" }).isEnabled()).toBe(true);
    await expect
        .poll(async () => {
            await tap();
            return card(page, second).count();
        })
        .toBe(0);
});

test("a bump bar is enough", async () => {
    const page = await openKitchen("?station=bar");
    const [first, second] = [await box.place([one(bar), one(bar)]), await box.place([one(bar)])];
    /** A card's key is the number that is on it: it moves with the card. */
    const select = async (placed: Placed, key: string) => {
        await card(page, placed).locator("kbd", { hasText: key }).waitFor();
        await page.keyboard.press(key);
    };
    await select(second, "2");
    await page.keyboard.press("Enter");
    await card(page, second).waitFor({ state: "detached" });
    await page.keyboard.press("u");
    await select(second, "2");
    await page.keyboard.press("p");
    await page.locator(`article:first-child[data-order="${second.order.dailyNum}"]`).waitFor();
    await select(first, "2");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await card(page, first).locator('[data-line="1"].done').waitFor();
    await clear(first, second);
});

test("changes and voids are marked until they were seen, also after a reload", async () => {
    const page = await openKitchen("?station=bar");
    const changed = await box.place([one(bar), one(bar)]);
    const cancelled = await box.place([one(bar)]);
    await card(page, cancelled).waitFor();
    const { orderId } = changed.order;
    await box.change("OrderService/AddToOrder", { orderId, items: [one(bar)] });
    await box.change("OrderService/CancelLines", { orderId, lines: [{ lineId: 1 }] });
    await box.change("OrderService/CancelOrder", {
        orderId: cancelled.order.orderId,
        reason: "customer left",
    });
    await card(page, changed).getByText("ADD-ON").waitFor();
    await card(page, cancelled).getByText("customer left").waitFor();
    await picture(page, "kitchen-changes");
    await expectAccessible(page);
    await page.reload();
    // The first tap sees the changes, the second one is what it says.
    await card(page, changed).getByRole("button", { name: "Seen" }).click();
    await card(page, changed).getByRole("button", { name: "Done" }).waitFor();
    await card(page, cancelled).getByRole("button", { name: "Seen" }).click();
    await card(page, cancelled).waitFor({ state: "detached" });
    await page.reload();
    await card(page, changed).getByRole("button", { name: "Done" }).waitFor();
    expect(await card(page, cancelled).count()).toBe(0);
    await clear(changed);
});

test("something is sold out and on sale again in two taps, on all screens", async () => {
    const [one, other] = await Promise.all([openKitchen(), openKitchen()]);
    const stock = (page: Page) => page.getByRole("button", { name: "Sold out · stock" });
    await stock(one).click();
    await stock(other).click();
    const item = (page: Page) => page.locator(`[data-menu="${dessert}"]`);
    await item(one).locator(".item").click();
    await item(other).getByText("Sold out").waitFor();
    await picture(one, "kitchen-stock");
    await expectAccessible(one);
    await item(other).locator(".item").click();
    await item(one).getByText("On sale").waitFor();
    // An option goes for everything that has it.
    const oats = (page: Page) => page.locator("dialog li", { hasText: "Oat milk" });
    await oats(one).getByRole("button").click();
    await oats(other).getByText("Sold out").waitFor();
    await oats(other).getByRole("button").click();
    await oats(one).getByText("On sale").waitFor();
    await oats(other).locator("button:enabled").waitFor();
});

test("staff tell each other", async () => {
    const [here, there] = await Promise.all([openKitchen("?station=bar"), openKitchen("?expo=1")]);
    await here.getByRole("button", { name: "Messages" }).click();
    await here.getByRole("button", { name: "Out of milk" }).click();
    await there.getByText("Bar: Out of milk").waitFor();
    await there.getByRole("button", { name: "Messages 1" }).click();
    await there.locator("dialog li", { hasText: "Out of milk" }).waitFor();
});

test("what people write is text, whatever they write", async () => {
    const page = await openKitchen();
    const note = "<img src=x onerror=alert(1)> '; DROP TABLE orders;--";
    const dish = { name: note, nameEn: note, price: 1000, category: note, station: "bar" };
    type Answer = { item: MenuItem };
    const { item } = await box.change<Answer>("MenuService/PutMenuItem", { item: dish });
    const placed = await box.place([{ ...one(item.menuId), note }], { note, table: "<b>1</b>" });
    await expect.poll(() => card(page, placed).getByText(note).count()).toBe(3);
    const phone = await screens.open(`/o/${placed.orderToken}`);
    await phone.getByText(note).first().waitFor();
    expect(await phone.locator("img").count()).toBe(0);
    await page.getByRole("button", { name: "Sold out · stock" }).click();
    await page.locator("dialog").getByText(note).first().waitFor();
    expect(await page.locator("img").count()).toBe(0);
    await clear(placed);
});

test("an order that waits too long says so, by the box's clock and the café's settings", async () => {
    const placed = await box.place([one(bar)]);
    const warned = await screens.openLater("/kitchen", 6);
    await card(warned, placed).and(warned.locator('[data-state="warn"]')).waitFor();
    await expectAccessible(warned);
    await box.change("SettingsService/SetSetting", { key: "kitchen_warn_minutes", value: "7" });
    await card(warned, placed).and(warned.locator('[data-state="fresh"]')).waitFor();
    const late = await screens.openLater("/kitchen", 9);
    await card(late, placed).and(late.locator('[data-state="late"]')).waitFor();
    await expectAccessible(late);
    await box.change("SettingsService/SetSetting", { key: "kitchen_warn_minutes", value: "5" });
    await clear(placed);
});

test("an item that takes less time is late sooner than the rest, and its line says so", async () => {
    type Answer = { item: { menuId: number } };
    const quick = { name: "Shot", nameEn: "Shot", price: 1000, station: "bar" };
    const minutes = { warnMinutes: 2, lateMinutes: 4 };
    const { item } = await box.change<Answer>("MenuService/PutMenuItem", {
        item: { ...quick, ...minutes },
    });
    const placed = await box.place([one(item.menuId), one(bar)]);
    const line = (page: Page, nth: number, age: string) =>
        card(page, placed).locator(`[data-line="${nth}"][data-age="${age}"]`);
    const state = (page: Page, is: string) =>
        card(page, placed).and(page.locator(`[data-state="${is}"]`));
    const warned = await screens.openLater("/kitchen", 3);
    await state(warned, "warn").waitFor();
    await line(warned, 1, "warn").getByText("SOON").waitFor();
    await line(warned, 2, "fresh").waitFor();
    const late = await screens.openLater("/kitchen", 4);
    await state(late, "late").waitFor();
    await line(late, 1, "late").getByText("LATE").waitFor();
    await picture(late, "kitchen-late-line");
    await expectAccessible(late);
    // What is made is late no more, and the rest has its own time.
    await line(late, 1, "late").getByRole("button").click();
    await state(late, "fresh").waitFor();
    await box.change("MenuService/PutMenuItem", {
        item: { ...quick, menuId: item.menuId, warnMinutes: 0, lateMinutes: 0 },
    });
    await line(late, 1, "fresh").getByRole("button").click();
    await line(late, 1, "fresh").and(late.locator(":not(.done)")).waitFor();
    await state(late, "fresh").waitFor();
    await clear(placed);
});

test("a busy hour fits on the screen page by page, in both languages and themes", async () => {
    const { items } = await box.call<{ items: { menuId: number; optionGroups: Group[] }[] }>(
        "MenuService/ListMenus",
        {},
    );
    const all: Placed[] = [];
    for (let nth = 0; nth < 24; nth += 1) {
        const wish = Array.from({ length: 1 + (nth % 4) }, (_, line) => {
            const item = items[(nth * 5 + line * 7) % items.length]!;
            const options = item.optionGroups.flatMap(({ options, min }) =>
                options.slice(0, Math.max(min, nth % 2)).map(({ optionId }) => ({ optionId })),
            );
            return { menuId: item.menuId, quantity: 1 + ((nth + line) % 3), options };
        });
        const takesOut = nth % 3 === 0;
        const more = takesOut ? { fulfilment: "TAKE_OUT" } : { table: `${1 + (nth % 9)}` };
        all.push(await box.place(wish, { ...more, note: nth % 7 === 0 ? "유리잔에 주세요" : "" }));
    }
    await box.change("OrderService/SetPriority", {
        orderId: all[9]!.order.orderId,
        isPriority: true,
    });
    const page = await openKitchen("?lang=ko");
    await page.getByText(/다음 쪽에 \d+건 더/).waitFor();
    await page.getByRole("button", { name: "총 수량" }).click();
    await page.getByRole("complementary").waitFor();
    await picture(page, "kitchen-ko-dark");
    await expectAccessible(page);
    await page.getByRole("button", { name: "다음 쪽" }).click();
    await page.getByText("2 /").waitFor();
    await box.change("OrderService/CancelOrder", { orderId: all[0]!.order.orderId });
    await page.getByRole("button", { name: "다른 쪽에 변경 1건" }).click();
    await page.getByText("1 /").waitFor();
    await card(page, all[0]!).getByRole("button", { name: "확인했음" }).click();
    await card(page, all[0]!).waitFor({ state: "detached" });
    const tablet = await screens.open("/kitchen?lang=en&expo=1", { theme: "light" });
    await card(tablet, all[1]!).waitFor();
    await picture(tablet, "kitchen-en-light-tablet");
    const ground = () => tablet.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await tablet.getByRole("button", { name: "Light or dark" }).click();
    await tablet.reload();
    await card(tablet, all[1]!).waitFor();
    expect(await ground()).not.toBe(light);
    await expectAccessible(tablet);
});

interface Group {
    min: number;
    options: { optionId: number }[];
}
