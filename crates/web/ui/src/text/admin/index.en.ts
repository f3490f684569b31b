import { audit } from "./audit.en.ts";
import { cells } from "./cells.en.ts";
import { common } from "./common.en.ts";
import { devices } from "./devices.en.ts";
import { menu } from "./menu.en.ts";
import { messages } from "./messages.en.ts";
import { orders } from "./orders.en.ts";
import { reports } from "./reports.en.ts";
import { seats } from "./seats.en.ts";
import { settings } from "./settings.en.ts";
import { staff } from "./staff.en.ts";
import { statistics } from "./statistics.en.ts";
import { today } from "./today.en.ts";
import { waiting } from "./waiting.en.ts";
import type { AdminWords } from "./index.ko.ts";

export const adminEn: AdminWords = {
    ...common,
    today,
    orders,
    menu,
    cells,
    devices,
    staff,
    audit,
    reports,
    settings,
    seats,
    messages,
    statistics,
    waiting,
};
