// The admin's texts in Korean, a file for each page. Their shape is what every other language has to fill.
import { audit } from "./audit.ko.ts";
import { cells } from "./cells.ko.ts";
import { common } from "./common.ko.ts";
import { devices } from "./devices.ko.ts";
import { menu } from "./menu.ko.ts";
import { messages } from "./messages.ko.ts";
import { orders } from "./orders.ko.ts";
import { reports } from "./reports.ko.ts";
import { seats } from "./seats.ko.ts";
import { settings } from "./settings.ko.ts";
import { staff } from "./staff.ko.ts";
import { statistics } from "./statistics.ko.ts";
import { today } from "./today.ko.ts";
import { waiting } from "./waiting.ko.ts";

export const adminKo = {
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

export type AdminWords = typeof adminKo;
