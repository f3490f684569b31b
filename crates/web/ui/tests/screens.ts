// A browser whose pages are watched: whatever leaves the box, breaks the policy or throws is kept,
// and fails the test that looks.
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
    chromium,
    type Browser,
    type BrowserContext,
    type Page,
    type WebSocketRoute,
} from "playwright-core";
import { expect } from "vitest";
import type { Box } from "./box.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

const ARTEFACTS = fileURLToPath(new URL("../artefacts/", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export interface Look {
    width?: number;
    height?: number;
    lang?: string;
    theme?: "light" | "dark";
}

export class Screens {
    readonly origin: string;
    /** What no page may do, and one has done. */
    readonly misdeeds: string[] = [];
    readonly #browser: Browser;

    private constructor(origin: string, browser: Browser) {
        [this.origin, this.#browser] = [origin, browser];
    }

    static async start(box: Box): Promise<Screens> {
        return new Screens(
            box.web,
            await chromium.launch({ executablePath: CHROMIUM, args: FLAGS }),
        );
    }

    async stop(): Promise<void> {
        await this.#browser.close();
    }

    /** Closes all screens, for the next test. */
    async clear(): Promise<void> {
        await Promise.all(this.#browser.contexts().map((context) => context.close()));
        this.misdeeds.length = 0;
    }

    /** Opens a screen as a device of its own, with nothing remembered. */
    async open(path: string, look: Look = {}): Promise<Page> {
        const page = await (await this.device(look)).newPage();
        await this.watch(page);
        await page.goto(this.origin + path);
        return page;
    }

    /** Opens a screen whose box says that it is so many minutes later. */
    async openLater(path: string, minutes: number, look: Look = {}): Promise<Page> {
        const page = await (await this.device(look)).newPage();
        await this.watch(page);
        await page.routeWebSocket("**/ws**", (socket) => {
            socket.connectToServer().onMessage((message) => {
                const frame = JSON.parse(String(message));
                if (frame.event === "hello") {
                    const time = Date.parse(frame.data.serverTime) + minutes * 60_000;
                    frame.data.serverTime = new Date(time).toISOString();
                }
                socket.send(JSON.stringify(frame));
            });
        });
        await page.goto(this.origin + path);
        return page;
    }

    device({
        width = 1280,
        height = 800,
        lang = "en",
        theme = "dark",
    }: Look): Promise<BrowserContext> {
        return this.#browser.newContext({
            viewport: { width, height },
            locale: lang,
            colorScheme: theme,
        });
    }

    async watch(page: Page): Promise<void> {
        const keep = (misdeed: string) => this.misdeeds.push(`${page.url()}: ${misdeed}`);
        page.on("request", (request) => {
            const url = new URL(request.url());
            if (url.protocol !== "data:" && url.origin !== this.origin)
                keep(`request to ${url.href}`);
        });
        page.on("websocket", (socket) => {
            const { host } = new URL(socket.url());
            if (host !== new URL(this.origin).host) keep(`socket to ${socket.url()}`);
        });
        page.on("pageerror", (error) => keep(`error: ${error.stack ?? error.message}`));
        page.on("dialog", (dialog) => {
            keep(`dialog: ${dialog.message()}`);
            void dialog.dismiss();
        });
        await page.exposeFunction("keepViolation", (violation: string) =>
            keep(`policy: ${violation}`),
        );
        await page.addInitScript(() => {
            document.addEventListener("securitypolicyviolation", (event) => {
                const { keepViolation } = window as unknown as {
                    keepViolation(text: string): void;
                };
                keepViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
            });
        });
    }
}

/** A network that can be cut, of a page that is opened next. */
export async function network(page: Page): Promise<{ cut(): Promise<void>; heal(): void }> {
    let isCut = false;
    const open = new Set<WebSocketRoute>();
    await page.routeWebSocket("**/ws**", (socket) => {
        if (isCut) return void socket.close({ code: 1006 });
        socket.connectToServer();
        open.add(socket);
    });
    await page.route("**/kiosk.v1.*/**", (route) => (isCut ? route.abort() : route.continue()));
    return {
        async cut() {
            isCut = true;
            for (const socket of open) await socket.close({ code: 1001 });
            open.clear();
        },
        heal: () => void (isCut = false),
    };
}

/** A picture of the screen among the test's artefacts. */
export async function picture(page: Page, name: string): Promise<void> {
    mkdirSync(ARTEFACTS, { recursive: true });
    await page.screenshot({ path: `${ARTEFACTS}${name}.png` });
}

/** The side of what a finger can hit. */
const TOUCH_PX = 48;
/** Of what a mouse can: for pages that are denser where there is one. */
export const MOUSE_PX = 24;

/**
 * What axe-core finds serious or worse on the page as it is now: there must be nothing. And nothing
 * that is touched is smaller than a finger. (Who touches an input's label touches the input.)
 */
export async function expectAccessible(page: Page, targetPx = TOUCH_PX): Promise<void> {
    const small = await page.evaluate((side) => {
        const targets = [...document.querySelectorAll<HTMLElement>("button, a, input")];
        return targets
            .map((element) => ({
                element,
                box: (element.closest("label") ?? element).getBoundingClientRect(),
            }))
            .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < side - 0.5)
            .map(({ element }) => element.outerHTML);
    }, targetPx);
    expect(small).toEqual([]);
    await page.evaluate(await readAxe());
    const found = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run(): Promise<AxeResult> } };
        const { violations } = await axe.run();
        return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
    });
    expect(found).toEqual([]);
}

interface AxeResult {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
}

async function readAxe(): Promise<string> {
    const { readFile } = await import("node:fs/promises");
    return readFile(AXE, "utf8");
}
