import { beforeAll, expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;
let admin: string;

openCafe((cafe) => ({ box, screens } = cafe), { isDemo: false });

beforeAll(async () => {
    admin = await redeem(box.adminCode);
});

async function redeem(code: string): Promise<string> {
    const request = { requestId: crypto.randomUUID(), code };
    const { token } = await box.call<{ token: string }>("DeviceService/RedeemPairingCode", request);
    return token;
}

async function codeFor(role: string): Promise<string> {
    const request = { requestId: crypto.randomUUID(), role };
    type Answer = { code: string };
    const { code } = await box.call<Answer>("DeviceService/CreatePairingCode", request, admin);
    return code;
}

test("a screen that is not paired says so, and after pairing is what its role shows", async () => {
    const page = await screens.open("/board");
    await page.getByText("This screen is not paired").waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Pair this screen" }).click();
    await page.getByText("Type the 8 characters").waitFor();
    for (const key of (await codeFor("BOARD")).replace("-", "")) {
        await page.getByRole("button", { name: key, exact: true }).click();
    }
    await picture(page, "pair-en-dark");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Pair", exact: true }).click();
    await page.waitForURL("**/board");
    await page.locator('[data-status="connected"]').waitFor();
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ name: "kiosk_token", httpOnly: true, sameSite: "Strict" }]);
});

test("a screen that is revoked shows nothing any more, and says why", async () => {
    const page = await screens.open("/pair");
    await page.keyboard.type((await codeFor("STAFF")).toLowerCase());
    await page.keyboard.press("Enter");
    await page.waitForURL("**/kitchen");
    await page.locator('[data-status="connected"]').waitFor();
    type Answer = { devices: { device: { deviceId: number; role: string } }[] };
    const { devices } = await box.call<Answer>("DeviceService/ListDevices", {}, admin);
    const { deviceId } = devices.find(({ device }) => device.role === "STAFF")!.device;
    const request = { requestId: crypto.randomUUID(), deviceId, reason: "lost" };
    await box.call("DeviceService/RevokeDevice", request, admin);
    await page.getByText("This screen was signed out").waitFor();
});

test("a wrong code is told from too many of them, with how long to wait", async () => {
    const page = await screens.open("/pair?lang=ko", { theme: "light" });
    for (let nth = 0; nth < 5; nth += 1) {
        await page.keyboard.type("00000000");
        await page.keyboard.press("Enter");
        await page.getByText("코드가 틀렸거나").waitFor();
    }
    await page.keyboard.type("00000000");
    await page.getByText("코드가 틀렸거나").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.getByText(/틀린 코드가 너무 많습니다. \d+초 뒤에/).waitFor();
    expect(await page.getByRole("button", { name: "등록", exact: true }).isDisabled()).toBe(true);
    await picture(page, "pair-ko-light");
    await expectAccessible(page);
});
