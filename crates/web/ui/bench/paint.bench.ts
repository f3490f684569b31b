// How long it takes from the commit of an event until a kitchen screen with 100 cards has painted
// it. Not a test: what it measures depends on the machine, and is written down in the README.
import { expect, test } from "vitest";
import { Box } from "../tests/box.ts";
import { Screens } from "../tests/screens.ts";

const CARDS = 100;
const EVENTS = 200;

test("from commit to painted", { timeout: 300_000 }, async () => {
    const box = await Box.start();
    const screens = await Screens.start(box);
    const page = await screens.open("/kitchen", { width: 1920, height: 1080 });
    const orderIds: string[] = [];
    for (let nth = 0; nth < CARDS; nth += 1) {
        const { order } = await box.place([{ menuId: 17, quantity: 1 }]);
        orderIds.push(order.orderId);
    }
    await page.locator(`[data-order="${CARDS}"]`).waitFor();
    await page.evaluate(() => {
        const waits: number[] = [];
        Object.assign(window, { waits });
        // After the frame in which the button of the changed order is another one.
        new MutationObserver((mutations) => {
            if (!mutations.some(({ attributeName }) => attributeName === "aria-pressed")) return;
            requestAnimationFrame(() => setTimeout(() => waits.push(Date.now())));
        }).observe(document.body, { attributes: true, subtree: true });
    });
    const committed: number[] = [];
    for (let nth = 0; nth < EVENTS; nth += 1) {
        type Answer = { change: { updatedAt: string } };
        const { change } = await box.change<Answer>("OrderService/SetPriority", {
            orderId: orderIds[(nth * 37) % CARDS],
            isPriority: Math.floor(nth / CARDS) % 2 === 0,
        });
        committed.push(Date.parse(change.updatedAt));
        await page.waitForFunction(
            (count) => (window as unknown as { waits: number[] }).waits.length >= count,
            nth + 1,
        );
    }
    const painted = await page.evaluate(() => (window as unknown as { waits: number[] }).waits);
    const ms = committed.map((at, nth) => painted[nth]! - at).sort((a, b) => a - b);
    const at = (share: number) => ms[Math.floor(ms.length * share)];
    console.info(`median ${at(0.5)} ms, 9 of 10 below ${at(0.9)} ms, most ${ms.at(-1)} ms`);
    expect(ms).toHaveLength(EVENTS);
    await screens.stop();
    await box.stop();
});
