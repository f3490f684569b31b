import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openCafe } from "./cafe.ts";
import type { Screens } from "./screens.ts";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const SCRIPT_BYTES_MAX = 100_000;
const GROWTH_BYTES_MAX = 10_000_000;
const EVENTS = 10_000;

const pages = readdirSync(DIST).filter((name) => name.endsWith(".html"));

test.each(pages)(
    "%s: its first paint needs less than 100 KB of script, and none of it is inline",
    (name) => {
        const html = readFileSync(DIST + name, "utf8");
        const scripts =
            html.match(/(?<=(?:src|modulepreload" crossorigin href)=")[^"]+\.js/g) ?? [];
        const bytes = scripts.map((path) => gzipSync(readFileSync(DIST + path)).length);
        expect(scripts.length).toBeGreaterThan(0);
        expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(SCRIPT_BYTES_MAX);
        expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)/);
    },
);

let box: Box;
let screens: Screens;

openCafe((cafe) => ({ box, screens } = cafe));

test(
    "a board that is left open through 10,000 events does not grow",
    { timeout: 180_000 },
    async () => {
        const board = await screens.open("/board", { width: 1920, height: 1080 });
        await board.locator('[data-status="connected"]').waitFor();
        const devtools = await board.context().newCDPSession(board);
        const used = async () => {
            await devtools.send("HeapProfiler.collectGarbage");
            const { usedSize } = await devtools.send("Runtime.getHeapUsage");
            return usedSize;
        };
        const seq = async () => {
            type Answer = { position: { seq: string } };
            return Number((await box.call<Answer>("EventService/GetSnapshot", {})).position.seq);
        };
        const shown = async () => {
            type Answer = { screens: { shownSeq: string }[] };
            return Number(
                (await box.call<Answer>("AdminService/GetStats", {})).screens[0]?.shownSeq,
            );
        };
        const [before, first] = [await used(), await seq()];
        while ((await seq()) - first < EVENTS) {
            await box.kioskctl(
                "simulate",
                "--speed",
                "max",
                "--customers",
                "600",
                "--seed",
                String(await seq()),
            );
        }
        const last = await seq();
        // The last events need not be for a board.
        await expect.poll(shown, { timeout: 30_000 }).toBeGreaterThan(last - 100);
        const growth = (await used()) - before;
        console.info(`after ${last - first} events: ${(growth / 1e6).toFixed(1)} MB more`);
        expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
    },
);
