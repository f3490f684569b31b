import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { connected, goTo } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, MOUSE_PX, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;
let token: string;

const PASSWORD = "correct horse";

openCafe((cafe) => ({ box, screens } = cafe), { isDemo: false });

beforeAll(async () => {
    const request = { requestId: crypto.randomUUID(), code: box.adminCode };
    type Answer = { token: string };
    ({ token } = await box.call<Answer>("DeviceService/RedeemPairingCode", request));
    await put("Jisu", "ADMIN");
    await put("Minho", "STAFF");
});

async function put(name: string, role: string): Promise<number> {
    const request = { requestId: crypto.randomUUID(), name, role, password: PASSWORD };
    type Answer = { member: { staffId: number } };
    const { member } = await box.call<Answer>("AdminService/PutStaffMember", request, token);
    return member.staffId;
}

async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password or PIN").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
}

const LAPTOP = { width: 1440, height: 900, theme: "light" } as const;

test("who is not known signs in, is refused with a wrong password, and signs out", async () => {
    const page = await screens.open("/admin", LAPTOP);
    await page.getByText("Sign in with your name and password.").waitFor();
    await expectAccessible(page, MOUSE_PX);
    await signIn(page, "Jisu", "wrong horse");
    await page.getByText(/The name, password or PIN is wrong/).waitFor();
    expect(await page.getByLabel("Name").inputValue()).toBe("Jisu");
    await picture(page, "admin-sign-in-en-light");
    await signIn(page, "Jisu");
    await connected(page);
    await page.getByRole("banner").getByText("Jisu").waitFor();
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ name: "kiosk_token", httpOnly: true, sameSite: "Strict" }]);
    await page.reload();
    await connected(page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
});

test("staff see what staff may, and no more", async () => {
    const page = await screens.open("/admin", LAPTOP);
    await signIn(page, "Minho");
    await connected(page);
    const names = await page.getByRole("navigation").getByRole("link").allTextContents();
    expect(names.map((name) => name.trim())).toEqual([
        "Today",
        "Orders",
        "Waiting room",
        "Messages",
    ]);
    await page.getByTestId("sales").waitFor();
    await goTo(page, "waiting");
    await page.getByText("Everybody may order at once.").waitFor();
    expect(await page.getByRole("heading", { name: "Waiting room settings" }).count()).toBe(0);
    await goTo(page, "devices");
    await page.getByRole("heading", { name: "Today", level: 1 }).waitFor();
});

test("whose account is deleted is out at once", async () => {
    const staffId = await put("Guest", "STAFF");
    const page = await screens.open("/admin", LAPTOP);
    await signIn(page, "Guest");
    await connected(page);
    const request = { requestId: crypto.randomUUID(), staffId };
    await box.call("AdminService/DeleteStaffMember", request, token);
    await page.getByText("Your session is over.").waitFor();
    await signIn(page, "Jisu");
    await connected(page);
});

test("a device is paired by a code from the admin, named, and revoked", async () => {
    const admin = await screens.open("/admin#/devices", LAPTOP);
    await signIn(admin, "Jisu");
    await admin.getByLabel("Role").selectOption("BOARD");
    await admin.getByRole("textbox", { name: "Name" }).fill("TV");
    await admin.getByRole("button", { name: "Make a code" }).click();
    const code = (await admin.getByTestId("code").textContent()) ?? "";
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    await picture(admin, "admin-code-en-light");
    const board = await screens.open("/pair");
    await board.keyboard.type(code.replace("-", ""));
    await board.keyboard.press("Enter");
    await board.waitForURL("**/board");
    await connected(board);
    await admin.getByText("TV is paired.").waitFor();
    await admin.getByRole("button", { name: "Rename TV" }).click();
    await admin.getByRole("dialog").getByRole("textbox").fill("TV at the door");
    await admin.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await admin.getByRole("button", { name: "Revoke TV at the door" }).click();
    await admin.getByText("TV at the door is disconnected at once").waitFor();
    await expectAccessible(admin, MOUSE_PX);
    await admin.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await board.getByText("This screen was signed out").waitFor();
    await admin
        .getByRole("button", { name: "Revoke TV at the door" })
        .waitFor({ state: "detached" });
    await goTo(admin, "audit");
    await admin.getByText("Revoked", { exact: true }).first().waitFor();
    await admin.getByText("Sign-in refused").waitFor();
});
