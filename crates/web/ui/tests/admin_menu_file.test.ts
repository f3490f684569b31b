import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openAdmin, TABLET } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, MOUSE_PX, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

async function exported(admin: Page, format: string): Promise<string> {
    const download = admin.waitForEvent("download");
    await admin.getByRole("button", { name: `Export ${format}` }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toMatch(
        new RegExp(`^menu-\\d{4}-\\d\\d-\\d\\d\\.${format.toLowerCase()}$`),
    );
    return readFileSync(await saved.path(), "utf8");
}

async function choose(admin: Page, name: string, content: string | Buffer): Promise<void> {
    const dialog = admin.getByRole("dialog");
    if ((await dialog.count()) === 0) {
        await admin.getByRole("button", { name: "Import", exact: true }).click();
    }
    const file = { name, mimeType: "text/csv", buffer: Buffer.from(content) };
    await dialog.getByLabel("Choose a CSV or JSON file").setInputFiles(file);
}

const importNow = (admin: Page) =>
    admin.getByRole("dialog").getByRole("button", { name: "Import", exact: true });

test("a menu goes out as CSV, is edited, and comes back on every screen", async () => {
    const kiosk = await screens.open("/kiosk?lang=ko&idle=3600");
    await kiosk.getByRole("button", { name: "포장하기" }).click();
    const admin = await openAdmin(screens, "menu");
    const csv = await exported(admin, "CSV");
    expect(csv.charCodeAt(0)).toBe(0xfeff);

    await choose(admin, "menu.csv", csv);
    await admin.getByText("nothing would change").waitFor();
    expect(await importNow(admin).isDisabled()).toBe(true);

    const edited = csv.replace("아메리카노,Americano,", "아메리카노 블랙,Black Americano,");
    expect(edited).not.toBe(csv);
    await choose(admin, "menu.csv", edited);
    await admin.getByText("New or changed: items 1, categories 0.").waitFor();
    await picture(admin, "admin-import-en-light");
    await expectAccessible(admin, MOUSE_PX);
    expect(await kiosk.getByText("아메리카노 블랙").count()).toBe(0);
    await importNow(admin).click();
    await admin.getByText("Imported: items 1, categories 0").waitFor();
    await kiosk.getByText("아메리카노 블랙").first().waitFor();
    await admin.getByRole("row", { name: /아메리카노 블랙/ }).waitFor();
});

test("what is wrong with a file is said by line and column, and nothing of it is imported", async () => {
    const admin = await openAdmin(screens, "menu", TABLET);
    await choose(admin, "menu.csv", "menu_id,name,price\n,Good,4000\n,Bad,dear\n");
    const row = admin.getByRole("row", { name: /price/ });
    await row.getByText("3", { exact: true }).waitFor();
    await row.getByText("not a whole number").waitFor();
    expect(await importNow(admin).isDisabled()).toBe(true);
    await picture(admin, "admin-import-problems-en-dark");
    await expectAccessible(admin, MOUSE_PX);

    await choose(admin, "menu.json", "{");
    await admin.getByRole("row", { name: /whole line/ }).waitFor();
    let asked = 0;
    admin.on("request", (request) => (asked += Number(request.url().endsWith("/ImportMenu"))));
    await choose(admin, "menu.csv", "x".repeat(200 * 1024 + 1));
    await admin.getByText("It is larger than 200 KiB").waitFor();
    await choose(admin, "menu.csv", Buffer.from([0xc4, 0xbf, 0xc7, 0xc7]));
    await admin.getByText("It is not UTF-8").waitFor();
    expect(asked).toBe(0);

    // The same file, put right.
    await choose(admin, "menu.csv", "menu_id,name,price\n,Good,4000\n,Bad,5000\n");
    await admin.getByText("New or changed: items 2").waitFor();
    await importNow(admin).click();
    await admin.getByRole("row", { name: /Good/ }).waitFor();
    const { items } = await box.call<{ items: { name: string }[] }>("MenuService/ListMenus", {});
    expect(items.filter(({ name }) => name === "Bad")).toHaveLength(1);
});

test("as JSON it goes out and comes back, too", async () => {
    const admin = await openAdmin(screens, "menu");
    const json = await exported(admin, "JSON");
    const menu = JSON.parse(json) as { items: { menuId: number; price: number }[] };
    menu.items[2]!.price += 100;
    await choose(admin, "menu.json", JSON.stringify(menu));
    await admin.getByText("New or changed: items 1, categories 0.").waitFor();
    await importNow(admin).click();
    await admin.getByText("Imported: items 1").waitFor();
    type Answer = { items: { menuId: number; price: number }[] };
    const { items } = await box.call<Answer>("MenuService/ListMenus", {});
    const { menuId, price } = menu.items[2]!;
    expect(items.find((item) => item.menuId === menuId)?.price).toBe(price);
});
