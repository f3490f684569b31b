import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { goTo, openAdmin, TABLET } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { expectAccessible, MOUSE_PX, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

const set = (key: string, value: string) =>
    box.change("SettingsService/SetSetting", { key, value });

interface Ticket {
    ticketId: string;
    number: number;
    status: string;
}

async function take(): Promise<Ticket> {
    const request = { clientKey: crypto.randomUUID() };
    return (await box.call<{ ticket: Ticket }>("QueueService/TakeTicket", request)).ticket;
}

async function statusOf({ ticketId }: Ticket): Promise<string> {
    type Answer = { ticket: Ticket };
    return (await box.call<Answer>("QueueService/GetTicket", { ticketId })).ticket.status;
}

const count = (page: Page, name: string) => page.getByTestId(name).textContent();

test("staff see who waits, and let them in", async () => {
    const admin = await openAdmin(screens, "waiting");
    await admin.getByText("Everybody may order at once.").waitFor();
    await admin.getByLabel("Customers who order at once").fill("1");
    await admin.getByLabel("Customers who order at once").press("Enter");
    await admin.getByRole("switch", { name: "Waiting room" }).click();
    await admin.getByText("1 may order at once").waitFor();

    const [first, second, third, fourth] = [await take(), await take(), await take(), await take()];
    await expect.poll(() => count(admin, "waiting"), { timeout: 10_000 }).toBe("3");
    expect(await count(admin, "ordering")).toBe("1");
    await admin.locator(`[data-ticket="${fourth.number}"]`).waitFor();
    await picture(admin, "admin-waiting-en-light");
    await expectAccessible(admin, MOUSE_PX);

    await admin.getByRole("button", { name: "Let the next one in" }).click();
    await expect.poll(() => count(admin, "waiting")).toBe("2");
    expect(await Promise.all([first, second, third].map(statusOf))).toEqual([
        "ADMITTED",
        "ADMITTED",
        "WAITING",
    ]);
    await admin.getByRole("button", { name: `Let in up to ${fourth.number}` }).click();
    await expect.poll(() => count(admin, "ordering")).toBe("4");
    await admin.getByText("Nobody waits").waitFor();
    for (const { ticketId } of [first, second, third, fourth]) {
        await box.call("QueueService/LeaveQueue", { ticketId });
    }
    await expect.poll(() => count(admin, "ordering"), { timeout: 10_000 }).toBe("0");
});

test("when only staff let people in, nobody gets in by waiting", async () => {
    await set("queue_mode", "always");
    await set("is_queue_active", "true");
    const admin = await openAdmin(screens, "waiting", { ...TABLET, lang: "ko" });
    await admin.getByText("직원이 들여보낼 때만").waitFor();
    const ticket = await take();
    await expect.poll(() => count(admin, "waiting"), { timeout: 10_000 }).toBe("1");
    await picture(admin, "admin-waiting-ko-dark");
    await expectAccessible(admin, MOUSE_PX);
    expect(await statusOf(ticket)).toBe("WAITING");
    await admin.getByRole("button", { name: "다음 손님 들여보내기" }).click();
    await expect.poll(() => statusOf(ticket)).toBe("ADMITTED");
    await goTo(admin, "today");
    await set("queue_mode", "auto");
    await set("is_queue_active", "false");
});
