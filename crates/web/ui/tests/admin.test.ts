import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { goTo, openAdmin, PAGES, TABLET } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, MOUSE_PX, picture, type Screens } from "./screens.ts";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const AMERICANO = { menuId: 1, quantity: 1, options: [{ optionId: 1 }, { optionId: 11 }] };

test("live sales move when an order is placed", async () => {
    const admin = await openAdmin(screens);
    const [sales, orders] = [admin.getByTestId("sales"), admin.getByTestId("orders")];
    await expect.poll(() => sales.textContent()).toBe("₩0");
    await box.place([{ ...AMERICANO, quantity: 2 }]);
    await expect.poll(() => sales.textContent()).toBe("₩6,000");
    await expect.poll(() => orders.textContent()).toBe("1");
    await expect.poll(() => admin.getByTestId("waiting").textContent()).toBe("1");
});

test("an order is found and cancelled, with what goes back, while the kitchen sees it", async () => {
    const { order } = await box.place([AMERICANO], { note: "window seat" });
    const kitchen = await screens.open("/kitchen");
    const card = kitchen.locator(`[data-order="${order.orderId}"]`);
    await card
        .or(kitchen.getByText(String(order.dailyNum), { exact: true }))
        .first()
        .waitFor();
    const admin = await openAdmin(screens, "orders");
    await admin.getByRole("searchbox").fill("window");
    await admin.getByRole("link", { name: String(order.dailyNum), exact: true }).click();
    const panel = admin.getByRole("complementary", { name: "One order" });
    await panel.getByText("window seat").waitFor();
    await picture(admin, "admin-order-en-light");
    await panel.getByRole("button", { name: "Cancel order" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByText("Refund ₩3,000 at the card terminal").waitFor();
    await dialog.getByLabel("Reason").fill("spilt");
    await expectAccessible(admin, MOUSE_PX);
    await dialog.getByRole("button", { name: "Cancel order" }).click();
    await panel.getByText("Cancelled", { exact: true }).first().waitFor();
    await panel.getByText("spilt").first().waitFor();
    await kitchen.getByText("Order cancelled: spilt").waitFor();
});

test("an order goes its way step by step, and back", async () => {
    const { order } = await box.place([AMERICANO]);
    const admin = await openAdmin(screens, `orders/${order.orderId}`);
    const panel = admin.getByRole("complementary", { name: "One order" });
    await panel.getByRole("button", { name: "Start making" }).click();
    await panel.getByRole("button", { name: "Mark as ready" }).click();
    await panel.getByText("All ready").waitFor();
    await panel.getByRole("button", { name: "One step back" }).click();
    await panel.getByText("Being made").waitFor();
});

test("a price that is changed is on every menu at once, and what the box refuses is marked", async () => {
    const other = await openAdmin(screens, "menu");
    const admin = await openAdmin(screens, "menu");
    await admin.getByRole("button", { name: "Edit item: 아메리카노" }).click();
    const dialog = admin.getByRole("dialog");
    const name = dialog.getByLabel("Name", { exact: true });
    await name.fill("");
    await dialog.getByLabel("Price (₩)").fill("3300");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("it must not be empty", { exact: true }).waitFor();
    expect(await name.getAttribute("aria-invalid")).toBe("true");
    expect(await dialog.getByLabel("Price (₩)").inputValue()).toBe("3300");
    await picture(admin, "admin-item-en-light");
    await name.fill("아메리카노");
    await expectAccessible(admin, MOUSE_PX);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await other
        .getByRole("row", { name: /아메리카노/ })
        .getByText("₩3,300")
        .waitFor();
});

test("stock is counted, sold out is one tap, and a picture is sent in pieces", async () => {
    const admin = await openAdmin(screens, "menu");
    await admin.getByRole("button", { name: "카페라떼: not counted" }).click();
    await admin.getByRole("dialog").getByLabel("How many are left").fill("7");
    await admin.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    const row = admin.getByRole("row", { name: /카페라떼/ });
    await row.getByText("7 left").waitFor();
    await row.getByRole("button", { name: "카페라떼: On sale" }).click();
    await row.getByText("Sold out", { exact: true }).waitFor();
    await row.getByRole("button", { name: /^Edit item/ }).click();
    const buffer = noise(300, 300);
    expect(buffer.length).toBeGreaterThan(2 * 128 * 1024);
    const file = { name: "latte.png", mimeType: "image/png", buffer };
    await admin.getByLabel("Add a picture").setInputFiles(file);
    const image = admin.getByRole("dialog").getByRole("img", { name: "Picture" });
    await image.waitFor();
    await expect
        .poll(() => image.evaluate((it: HTMLImageElement) => it.naturalWidth))
        .toBeGreaterThan(0);
});

test("a cell is charged once, its ledger says so, and a refusal keeps what was typed", async () => {
    const admin = await openAdmin(screens, "cells/2", TABLET);
    const balance = admin.getByTestId("balance");
    const before = Number((await balance.textContent())?.replace(/\D/g, ""));
    await admin.getByRole("button", { name: "Charge", exact: true }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("Amount").fill("-5");
    await dialog.getByLabel("Reason").fill("summer");
    await dialog.getByRole("button", { name: "Charge" }).click();
    await dialog.getByRole("alert").waitFor();
    expect(await dialog.getByLabel("Amount").getAttribute("aria-invalid")).toBe("true");
    expect(await dialog.getByLabel("Reason").inputValue()).toBe("summer");
    await dialog.getByLabel("Amount").fill("5000");
    await dialog.getByRole("button", { name: "Charge" }).click();
    await expect.poll(() => balance.textContent()).toBe(`₩${(before + 5000).toLocaleString("en")}`);
    await admin
        .getByRole("row", { name: /summer/ })
        .getByText("+₩5,000")
        .waitFor();
    await picture(admin, "admin-cell-en-dark");
});

test("a day is closed with what is in the drawer, its report is shown and kept as CSV", async () => {
    const wished = { items: [AMERICANO], payType: "CASH", source: "POS" };
    type Placed = { order: { totalAmount: number } };
    const { order } = await box.change<Placed>("OrderService/PlaceOrder", wished);
    const expected = 100_000 + order.totalAmount;
    const admin = await openAdmin(screens, "reports");
    await admin.getByRole("button", { name: "Close the day" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("Cash at first").fill("100000");
    await dialog.getByLabel("Counted cash").fill(String(expected - 300));
    await dialog.getByText("−₩300", { exact: true }).waitFor();
    await expectAccessible(admin, MOUSE_PX);
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    const report = admin.getByRole("region", { name: "Z report 1" });
    await report.getByText(`₩${expected.toLocaleString("en")}`).waitFor();
    await report.getByText("−₩300", { exact: true }).waitFor();
    const { report: said } = await box.call<{ report: { net: string } }>(
        "ReportService/GetDayReport",
        { number: 1 },
    );
    const net = `₩${Number(said.net).toLocaleString("en")}`;
    expect(await report.getByTestId("net").textContent()).toBe(net);
    const download = admin.waitForEvent("download");
    await report.getByRole("button", { name: "CSV" }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe("z-0001.csv");
    expect(readFileSync(await saved.path(), "utf8")).toContain("report,number,1");
    await picture(admin, "admin-report-en-light");
});

test("a setting is saved, and one that the box refuses says why", async () => {
    const admin = await openAdmin(screens, "settings");
    const holidays = admin.getByLabel("Holidays");
    await holidays.fill("christmas closed");
    await holidays.press("Enter");
    await admin.getByText(/a holiday is YYYY-MM-DD/).waitFor();
    expect(await holidays.inputValue()).toBe("christmas closed");
    await holidays.fill("2026-12-25 closed");
    await holidays.press("Enter");
    await admin.getByText("Holidays and special days: Saved").waitFor();
    const kiosks = admin.getByRole("switch", { name: "Kiosks take orders" });
    await kiosks.click();
    await admin.getByTestId("activity").getByText("Paused").waitFor();
    await kiosks.click();
    await admin.getByTestId("activity").getByText("Open").waitFor();
});

test("hours are set day by day, and everybody has them", async () => {
    const admin = await openAdmin(screens, "settings");
    const hours = admin.getByRole("form", { name: "Opening hours" });
    await hours.getByLabel("Always open").uncheck();
    await hours.getByLabel("Open on Su").uncheck();
    await hours.getByLabel("Sa closes").fill("02:00");
    await picture(admin, "admin-hours-en-light");
    await expectAccessible(admin, MOUSE_PX);
    await hours.getByRole("button", { name: "Save" }).click();
    await admin.getByText("Opening hours: Saved").waitFor();
    type Answer = { setting: { value: string } };
    const request = { key: "opening_hours" };
    const { setting } = await box.call<Answer>("SettingsService/GetSetting", request);
    expect(setting.value).toBe("mon-fri 09:00-21:00; sat 09:00-02:00; sun closed");
    await box.change("SettingsService/SetSetting", { key: "opening_hours", value: "" });
    await expect.poll(() => hours.getByLabel("Always open").isChecked()).toBe(true);
});

test("staff read what the admin writes", async () => {
    const kitchen = await screens.open("/kitchen");
    await kitchen.locator('[data-status="connected"]').waitFor();
    const admin = await openAdmin(screens, "messages");
    await admin.getByRole("textbox", { name: "Message" }).fill("Break at three");
    await admin.getByRole("button", { name: "Send" }).click();
    await admin.getByRole("listitem").getByText("Break at three").first().waitFor();
    await kitchen.getByText(/Break at three/).waitFor();
});

test("names that want to be more are text on every page, and every page is accessible", async () => {
    const name = `<img src=x onerror=alert(1)>`;
    const note = `'; DROP TABLE orders;--`;
    const item = { name, nameEn: name, category: "커피", price: 1000, station: "bar" };
    type Put = { item: { menuId: number } };
    const { menuId } = (await box.change<Put>("MenuService/PutMenuItem", { item })).item;
    await box.place([{ menuId, quantity: 1, note }], { note });
    await box.change("CellService/PutCell", { name });
    await box.change("MessageService/SendMessage", { room: "all", text: name, sender: note });
    await box.change("AdminService/PutStaffMember", { name, role: "STAFF", password: "secret-12" });
    await box.change("DeviceService/CreatePairingCode", { role: "BOARD", name });
    const seat = { seatId: "X1", name, zone: note, x: 0, y: 0, width: 9, height: 9, seats: 1 };
    await box.change("SeatService/PutSeat", seat);
    const korean = await openAdmin(screens, "today", { ...TABLET, lang: "ko" });
    const admin = await openAdmin(screens);
    for (const page of PAGES) {
        await goTo(admin, page);
        await expectAccessible(admin, MOUSE_PX);
        await picture(admin, `admin-${page.replace("/", "-")}-en-light`);
        await goTo(korean, page);
        await expectAccessible(korean, MOUSE_PX);
        await picture(korean, `admin-${page.replace("/", "-")}-ko-dark`);
    }
    for (const page of ["today", "orders", "messages", "menu", "cells", "seats", "staff"]) {
        await goTo(admin, page);
        await admin.getByText(name).first().waitFor();
    }
});

test("what the first page needs is small, and other pages come when they are asked for", async () => {
    const page = await (await screens.device({})).newPage();
    const files = new Set<string>();
    page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.endsWith(".js")) files.add(pathname);
    });
    await page.goto(`${screens.origin}/admin`);
    await page.getByTestId("sales").waitFor();
    await page.waitForLoadState("networkidle");
    const all = [...files];
    expect(all.some((file) => file.includes("TodayPage"))).toBe(true);
    expect(all.some((file) => file.includes("MenuPage"))).toBe(false);
    const sizes = all.map((file) => gzipSync(readFileSync(DIST + file)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
});

/** A PNG that packs badly, so that it takes several pieces. */
function noise(width: number, height: number): Buffer {
    const rows = Buffer.alloc((width * 3 + 1) * height);
    let state = 1;
    for (let at = 0; at < rows.length; at += 1) {
        state = (state * 48271) % 2147483647;
        rows[at] = at % (width * 3 + 1) === 0 ? 0 : state & 255;
    }
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2, 0, 0, 0], 8);
    const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
    const parts: [string, Buffer][] = [
        ["IHDR", header],
        ["IDAT", deflateSync(rows)],
        ["IEND", Buffer.alloc(0)],
    ];
    return Buffer.concat([signature, ...parts.map(([type, data]) => chunk(type, data))]);
}

function chunk(type: string, data: Buffer): Buffer {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
}
