import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { packed } from "./vite/packed.ts";
import { pages } from "./vite/pages.ts";

/** The box that the screens are developed and tested against. */
const box = process.env["KIOSK_BOX"] ?? "http://127.0.0.1:3001";

const PAGES = ["index", "admin", "board", "kiosk", "kitchen", "order", "pair"];

export default defineConfig({
    appType: "mpa",
    plugins: [svelte({ configFile: false }), pages(box), packed()],
    build: {
        target: "es2022",
        // The box's content security policy allows no inline script, and data only as pictures.
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        rollupOptions: {
            input: PAGES.map((page) => `${page}.html`),
        },
    },
    test: {
        projects: [
            {
                extends: true,
                test: { name: "unit", include: ["src/**/*.test.ts"] },
            },
            {
                extends: true,
                test: {
                    name: "browser",
                    include: ["tests/**/*.test.ts"],
                    testTimeout: 60_000,
                    hookTimeout: 60_000,
                    // Each file has a box and a browser of its own: more at once would only wait for each other.
                    fileParallelism: false,
                },
            },
            {
                extends: true,
                test: { name: "bench", include: ["bench/**/*.bench.ts"] },
            },
        ],
    },
});
