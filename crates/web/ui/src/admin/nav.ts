import type { Component } from "svelte";
import type { Admin } from "./admin.ts";

export type PageName =
    | "today"
    | "orders"
    | "waiting"
    | "messages"
    | "menu"
    | "cells"
    | "reports"
    | "seats"
    | "devices"
    | "staff"
    | "audit"
    | "settings"
    | "statistics";

export interface Page {
    name: PageName;
    /** Asks for what only an admin may. */
    isAdmins: boolean;
    /** A page is loaded when somebody goes there. */
    load(): Promise<{ default: Component<{ admin: Admin }> }>;
}

export interface Group {
    name: "now" | "shop" | "box";
    pages: readonly Page[];
}

/** All pages, in the order in which the day needs them. */
export const GROUPS: readonly Group[] = [
    {
        name: "now",
        pages: [
            page("today", false, () => import("./today/TodayPage.svelte")),
            page("orders", false, () => import("./orders/OrdersPage.svelte")),
            page("waiting", false, () => import("./waiting/WaitingPage.svelte")),
            page("messages", false, () => import("./messages/MessagesPage.svelte")),
        ],
    },
    {
        name: "shop",
        pages: [
            page("menu", true, () => import("./menu/MenuPage.svelte")),
            page("cells", true, () => import("./cells/CellsPage.svelte")),
            page("seats", true, () => import("./seats/SeatsPage.svelte")),
            page("reports", true, () => import("./reports/ReportsPage.svelte")),
        ],
    },
    {
        name: "box",
        pages: [
            page("devices", true, () => import("./devices/DevicesPage.svelte")),
            page("staff", true, () => import("./devices/StaffPage.svelte")),
            page("audit", true, () => import("./devices/AuditPage.svelte")),
            page("settings", true, () => import("./settings/SettingsPage.svelte")),
            page("statistics", true, () => import("./statistics/StatisticsPage.svelte")),
        ],
    },
];

function page(name: PageName, isAdmins: boolean, load: Page["load"]): Page {
    return { name, isAdmins, load };
}
