import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openAdmin, TABLET } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, MOUSE_PX, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

test("a member of a cell gets a PIN, and leaves again after one question", async () => {
    const admin = await openAdmin(screens, "cells/3", TABLET);
    await admin.getByRole("button", { name: "Members" }).click();
    await admin.getByRole("button", { name: "New member" }).click();
    const dialog = admin.getByRole("dialog");
    const [name, pin] = [dialog.getByLabel("Name"), dialog.getByLabel("PIN", { exact: true })];
    await name.fill("Sujin");
    await pin.fill("12");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("alert").waitFor();
    expect(await pin.getAttribute("aria-invalid")).toBe("true");
    expect(await name.inputValue()).toBe("Sujin");
    await pin.fill("1234");
    await dialog.getByRole("button", { name: "Save" }).click();
    const row = admin.getByRole("row", { name: /Sujin/ });
    await row.getByText("has a PIN").waitFor();
    await row.getByRole("button", { name: "Edit member: Sujin" }).click();
    await dialog.getByRole("button", { name: "Delete…" }).click();
    await dialog.getByText("Sujin is no member any more").waitFor();
    await expectAccessible(admin, MOUSE_PX);
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await row.waitFor({ state: "detached" });
});

test("a statement has the balances before and after, and is kept as CSV", async () => {
    await box.change("CellService/ChargeCell", { cellId: 4, amount: 2000, reason: "fair, spring" });
    const admin = await openAdmin(screens, "cells/4");
    const balance = await admin.getByTestId("balance").textContent();
    await admin.getByRole("button", { name: "Statement" }).click();
    await admin.getByRole("button", { name: "Show", exact: true }).click();
    await admin.getByRole("definition").getByText(balance!, { exact: true }).waitFor();
    const download = admin.waitForEvent("download");
    await admin.getByRole("button", { name: "CSV" }).click();
    const saved = await download;
    expect(readFileSync(await saved.path(), "utf8")).toContain('"fair, spring"');
});

test("a category that is in use is not deleted, and the box says why", async () => {
    const admin = await openAdmin(screens, "menu");
    await admin.getByRole("button", { name: "Edit category: 커피" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByRole("button", { name: "Delete…" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByText(/There are items in that category/).waitFor();
    await admin.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await admin.getByRole("heading", { name: "커피" }).waitFor();
});

test("what the box refuses is said in the language of the screen, with what it is about", async () => {
    const admin = await openAdmin(screens, "settings", { lang: "ko" });
    const stations = admin.getByLabel("작업대");
    await stations.fill("bar,dessert");
    await stations.press("Enter");
    await admin.getByText(/^주방에서 만드는 메뉴가 있습니다: .+ 먼저 다른 작업대로/).waitFor();
    await stations.fill("bar,bar");
    await stations.press("Enter");
    await admin.getByText("서로 다른 이름 10개까지").waitFor();
    expect(await stations.inputValue()).toBe("bar,bar");
});

test("a new item is on the menu, with its options, and is gone when it is deleted", async () => {
    const admin = await openAdmin(screens, "menu");
    await admin.getByRole("button", { name: "New item" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("쑥라떼");
    await dialog.getByLabel("Price (₩)").fill("5200");
    await dialog.getByRole("button", { name: "+ Group of options" }).click();
    await dialog.getByLabel("Group (Size)").fill("온도");
    await dialog.getByRole("button", { name: "+ Option" }).click();
    await dialog.getByLabel("Option", { exact: true }).fill("ICE");
    await dialog.getByLabel("Extra (₩)").fill("500");
    await dialog.getByLabel("Milk").check();
    await dialog.getByRole("button", { name: "Save" }).click();
    const row = admin.getByRole("row", { name: /쑥라떼/ });
    await row.getByText("₩5,200").waitFor();
    type Answer = { items: { name: string; allergens: string[]; optionGroups: object[] }[] };
    const { items } = await box.call<Answer>("MenuService/ListMenus", {});
    expect(items.find(({ name }) => name === "쑥라떼")).toMatchObject({
        allergens: ["MILK"],
        optionGroups: [{ name: "온도", options: [{ name: "ICE", priceDelta: 500 }] }],
    });
    await row.getByRole("button", { name: /^Edit item/ }).click();
    await dialog.getByRole("button", { name: "Delete…" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await row.waitFor({ state: "detached" });
});

test("an item has its own minutes in the kitchen, or those of the settings", async () => {
    const admin = await openAdmin(screens, "menu");
    await admin.getByRole("button", { name: "Edit item: 카페라떼" }).click();
    const dialog = admin.getByRole("dialog");
    const warn = dialog.getByLabel("Yellow in the kitchen after (min)");
    const late = dialog.getByLabel("Red in the kitchen after (min)");
    expect([await warn.inputValue(), await late.inputValue()]).toEqual(["", ""]);
    await dialog.getByText("Empty: 5 min, as in the settings").waitFor();
    await dialog.getByText("Empty: 8 min, as in the settings").waitFor();
    await warn.fill("9");
    await late.fill("3");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("alert").waitFor();
    await dialog.getByText("Red must come after yellow").waitFor();
    expect(await late.getAttribute("aria-invalid")).toBe("true");
    await late.fill("");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    type Answer = { items: { name: string; warnMinutes: number; lateMinutes: number }[] };
    const { items } = await box.call<Answer>("MenuService/ListMenus", {});
    const minutes = items.find(({ name }) => name === "카페라떼");
    expect(minutes).toMatchObject({ warnMinutes: 9, lateMinutes: 0 });
});

test("somebody is taken on, with a password that is long enough", async () => {
    const admin = await openAdmin(screens, "staff");
    await admin.getByRole("button", { name: "New member of staff" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Haneul");
    await dialog.getByLabel("Password").fill("short");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("alert").waitFor();
    expect(await dialog.getByLabel("Password").getAttribute("aria-invalid")).toBe("true");
    await dialog.getByLabel("Password").fill("long enough");
    await dialog.getByRole("button", { name: "Save" }).click();
    await admin.getByRole("row", { name: /Haneul/ }).waitFor();
});

test("a seat is put on the plan, is occupied by an order, freed, and taken off", async () => {
    const admin = await openAdmin(screens, "seats");
    await admin.getByRole("button", { name: "New seat" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("Seat id").fill("Z9");
    await dialog.getByLabel("Name").fill("Alcove");
    await dialog.getByRole("button", { name: "Save" }).click();
    const row = admin.getByRole("row", { name: /Alcove/ });
    await row.getByText("free", { exact: true }).waitFor();
    await box.change("SeatService/SelectSeat", { seatId: "Z9", holder: "kiosk 1" });
    await row.getByText("held", { exact: true }).waitFor();
    await row.getByRole("button", { name: "Free Alcove" }).click();
    await row.getByText("free", { exact: true }).waitFor();
    await row.getByRole("button", { name: "Edit Alcove" }).click();
    await dialog.getByRole("button", { name: "Delete…" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await row.waitFor({ state: "detached" });
});

test("what is shown while the box is away says so, and moves again when it is back", async () => {
    const admin = await openAdmin(screens);
    const orders = admin.getByTestId("orders");
    const before = Number(await orders.textContent());
    await box.kill();
    await admin.locator('[data-status="lost"]').waitFor();
    await box.restart();
    await admin.locator('[data-status="connected"]').waitFor();
    await box.place([{ menuId: 31, quantity: 1 }]);
    await expect.poll(() => orders.textContent()).toBe(String(before + 1));
});
