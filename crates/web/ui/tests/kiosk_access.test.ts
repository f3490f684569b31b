import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openAdmin } from "./admin.ts";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import { LANDSCAPE, next, numberOf, openKiosk, orders, ordersSince, PORTRAIT } from "./customer.ts";
import { expectAccessible, picture, type Screens } from "./screens.ts";

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

/** Each choice of the sheet, and what it looks like. */
const MODES = ["High contrast", "Low screen", "Largest"];

async function choose(page: Page, ...names: string[]): Promise<void> {
    await page.getByRole("button", { name: "Accessibility" }).click();
    for (const name of names) {
        const switched = page.getByRole("switch", { name });
        await switched
            .or(page.getByRole("button", { name, exact: true }))
            .first()
            .click();
    }
}

test("every page is accessible in every mode, and nothing is out of reach or cut off", async () => {
    for (const look of [PORTRAIT, LANDSCAPE]) {
        for (const modes of [...MODES.map((mode) => [mode]), MODES]) {
            const page = await openKiosk(screens, {}, look);
            const shape = look === PORTRAIT ? "portrait" : "landscape";
            const name = `kiosk-${modes.length > 1 ? "all" : modes[0]!.split(" ")[0]}-${shape}`;
            const look_ = async (step: string) => {
                await picture(page, `${name}-${step}`.toLowerCase());
                await expectAccessible(page);
                await expectInSight(page);
            };
            await choose(page, ...modes);
            await look_("access");
            await next(page).click();
            await look_("attract");
            await page.getByRole("button", { name: "Eat here" }).click();
            await page.locator('[data-menu="1"]').click();
            await look_("item");
            await next(page).click();
            await look_("menu");
            await next(page).click();
            await look_("basket");
            await next(page).click();
            await page.locator("main[data-step=seat]").waitFor();
            await look_("seat");
            await page.getByRole("button", { name: "Order without a seat" }).click();
            await look_("pay");
            await screens.clear();
        }
    }
}, 180_000);

/** The one obvious next step is on the screen, and everything is as large as a finger. */
async function expectInSight(page: Page): Promise<void> {
    const found = await page.evaluate(() => {
        const open = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
        const problems: string[] = [];
        for (const button of open.querySelectorAll("button")) {
            const { width, height, right, left } = button.getBoundingClientRect();
            const name = button.textContent?.trim() || button.getAttribute("aria-label");
            if (width < 47.5 || height < 47.5) problems.push(`small: ${name} ${width}×${height}`);
            if (left < 0 || right > innerWidth + 1) problems.push(`beside: ${name}`);
        }
        for (const next of open.querySelectorAll("[data-next]")) {
            const { top, bottom } = next.getBoundingClientRect();
            if (top < 0 || bottom > innerHeight) problems.push(`out of sight: ${next.textContent}`);
        }
        return problems;
    });
    expect(found).toEqual([]);
}

test("a keypad alone orders, with options, a seat and a PIN", async () => {
    const before = await orders(box);
    const page = await openKiosk(screens);
    const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key);
    };
    await press("1");
    await page.locator("main[data-step=menu]").waitFor();
    await press("1");
    await page.locator("dialog[open]").waitFor();
    await picture(page, "kiosk-keypad");
    // The large one, and its button.
    await press("2");
    await page.locator('[data-option="2"][aria-pressed="true"]').waitFor();
    await focusNext(page, press);
    await press("Enter");
    await page.locator("dialog").waitFor({ state: "detached" });
    await focusNext(page, press);
    await press("Enter");
    await page.locator("main[data-step=basket]").waitFor();
    await press("Enter", "Enter");
    await page.locator("main[data-step=seat]").waitFor();
    await press("4");
    await page.locator("[data-seat].mine").waitFor();
    await focusNext(page, press, ["ArrowDown", "ArrowRight"]);
    await press("Enter");
    await page.locator("main[data-step=pay] [data-choice]:enabled").first().waitFor();
    await press("3");
    await page.getByRole("button", { name: "청년부" }).waitFor();
    await press("1");
    await page.getByRole("button", { name: "김민아" }).waitFor();
    await press("1");
    await page.getByText("Enter your PIN").waitFor();
    await press("4", "7", "1", "1");
    await focusNext(page, press);
    await press("Enter");
    await numberOf(page);
    const [order] = await ordersSince(box, before);
    expect(order).toMatchObject({ payType: "CELL", totalAmount: 3700 });
    await press("Backspace");
    await page.locator("main[data-step=attract]").waitFor();
});

/** With arrows, as one would: until it is reached. */
async function focusNext(
    page: Page,
    press: (key: string) => Promise<void>,
    keys = ["ArrowRight", "ArrowDown"],
): Promise<void> {
    const isThere = () =>
        page.evaluate(() => document.activeElement?.matches("[data-next]") ?? false);
    for (const key of keys) {
        for (let times = 0; times < 20 && !(await isThere()); times += 1) await press(key);
    }
    expect(await isThere()).toBe(true);
}

test("voice guidance says where one is and what is chosen, and says it again", async () => {
    const page = await (await screens.device({ ...LANDSCAPE, lang: "en" })).newPage();
    await screens.watch(page);
    await page.addInitScript(() => {
        const said: string[] = [];
        const speech = {
            speak: (it: SpeechSynthesisUtterance) => said.push(it.text),
            cancel: () => 0,
        };
        Object.defineProperty(window, "speechSynthesis", { value: speech });
        Object.assign(window, { said });
    });
    const hears = (text: string) =>
        page.waitForFunction(
            (wanted) => (window as unknown as { said: string[] }).said.at(-1)?.includes(wanted),
            text,
        );
    await page.goto(`${screens.origin}/kiosk?lang=en`);
    await page.locator("main[data-status=connected] .start").first().waitFor();
    await choose(page, "Voice guidance");
    await hears("Voice guidance is on");
    await next(page).click();
    await page.getByRole("button", { name: "Take away" }).click();
    await hears("Choose from the menu");
    await page.keyboard.press("ArrowDown");
    await hears("Americano");
    await page.keyboard.press("3");
    await hears("Vanilla Latte. ₩4,300");
    await page.keyboard.press("ArrowDown");
    await hears("Regular");
    await page.keyboard.press("ArrowDown");
    await hears("Hot");
    await page.keyboard.press("*");
    await page.waitForFunction(() => {
        const { said } = window as unknown as { said: string[] };
        return said.length > 1 && said.at(-1) === said.at(-2);
    });
});

test("the next customer begins with a screen as it always is", async () => {
    const page = await openKiosk(screens);
    await page.getByRole("button", { name: "한국어" }).click();
    await page.getByText("무엇을 드릴까요?").waitFor();
    await page.getByRole("button", { name: "접근성" }).click();
    await page.getByRole("switch", { name: "고대비 화면" }).click();
    await next(page).click();
    await page.locator('html[data-contrast="high"][lang="ko"]').waitFor();
    await page.getByRole("button", { name: "포장하기" }).click();
    await page.getByRole("button", { name: "처음으로" }).click();
    await page.locator('html[data-contrast="normal"][lang="en"]').waitFor();
    await page.getByText("What would you like?").waitFor();
});

test("the bell calls staff to where the kiosk stands, and says when it can't", async () => {
    const kitchen = await screens.open("/kitchen");
    await kitchen.locator('[data-status="connected"]').waitFor();
    const admin = await openAdmin(screens);
    const ring = async (place: string) => {
        const page = await openKiosk(screens, { place });
        await page.getByRole("button", { name: "Call staff" }).click();
        await page.getByText("Staff are called").waitFor();
        await next(page).click();
        return page;
    };
    await ring("W1");
    const byDoor = await ring("By the door");
    type Answer = { bells: { seatId: string; place: string }[] };
    const { bells } = await box.call<Answer>("MessageService/ListBells", {});
    expect(bells.map(({ seatId, place }) => [seatId, place])).toEqual([
        ["W1", ""],
        ["", "By the door"],
    ]);
    const calls = kitchen.getByRole("region", { name: "Calls" });
    await calls.getByRole("button", { name: /Table 창가 1|Table W1/ }).waitFor();
    await admin.locator("[data-bell]", { hasText: "By the door" }).waitFor();
    await calls.getByRole("button", { name: /By the door/ }).click();
    await expect.poll(() => admin.locator("[data-bell]").count()).toBe(1);

    // There are as many calls as the box keeps.
    for (let nth = 1; nth < 100; nth += 1) {
        await box.change("MessageService/RingBell", { place: `Table ${nth}` });
    }
    await byDoor.getByRole("button", { name: "Call staff" }).click();
    await byDoor.getByText("Please come to the counter").waitFor();
});
