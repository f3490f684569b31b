// What tests of the admin have in common.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { Screens } from "./screens.ts";

export const PAGES = [
    ...[
        "today",
        "orders",
        "waiting",
        "messages",
        "menu",
        "cells",
        "seats",
        "reports",
        "reports/sales",
    ],
    ...["devices", "staff", "audit", "settings", "statistics"],
] as const;

export const LAPTOP = { width: 1440, height: 900, theme: "light" } as const;
export const TABLET = { width: 1024, height: 768, theme: "dark", lang: "en" } as const;

/** The admin as it is once it shows the café. */
export async function openAdmin(screens: Screens, page = "today", look: object = LAPTOP) {
    const admin = await screens.open(`/admin#/${page}`, look);
    await connected(admin);
    return admin;
}

export async function connected(page: Page): Promise<void> {
    await page.locator('[data-status="connected"]').waitFor();
}

/** To another page of the admin, and until nothing of it is being loaded. */
export async function goTo(page: Page, name: string): Promise<void> {
    await page.evaluate((to) => (location.hash = `#/${to}`), name);
    await page.locator("main").waitFor();
    const loading = page.getByText(/^(Loading|불러오는 중)…$/);
    await expect.poll(() => loading.count()).toBe(0);
    await page.waitForLoadState("networkidle");
}
