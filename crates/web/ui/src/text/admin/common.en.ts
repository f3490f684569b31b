import { en } from "../en.ts";
import type { common as ko } from "./common.ko.ts";

const duration = (seconds: number) =>
    seconds < 60
        ? `${seconds} s`
        : seconds < 3600
          ? `${Math.floor(seconds / 60)} min${seconds < 600 && seconds % 60 > 0 ? ` ${seconds % 60} s` : ""}`
          : seconds < 86_400
            ? `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
            : `${Math.floor(seconds / 86_400)} d`;

export const common: typeof ko = {
    title: "Café admin",
    navigation: "Pages",
    groups: { now: "Now", shop: "Shop", box: "Box" },
    pages: {
        today: "Today",
        orders: "Orders",
        waiting: "Waiting room",
        messages: "Messages",
        menu: "Menu and stock",
        cells: "Cells",
        seats: "Seats",
        reports: "Reports",
        devices: "Devices",
        staff: "Staff",
        audit: "Audit log",
        settings: "Settings",
        statistics: "Statistics",
    },
    money: (digits) => `₩${digits}`,
    duration,
    loading: "Loading…",
    again: "Try again",
    more: "Show more",
    cancel: "Back",
    save: "Save",
    saved: "Saved",
    edit: "Edit",
    remove: "Delete",
    yes: "Yes",
    demo: "Demo (no sign-in)",
    signOut: "Sign out",
    boxSilent: "The box does not answer. Trying again…",
    wrong: (problem) => problem,
    wrongFields: "Please check the marked fields.",
    signIn: {
        help: "Sign in with your name and password.",
        over: "Your session is over. Please sign in again.",
        name: "Name",
        secret: "Password or PIN",
        secretHint: "A PIN is enough only at a paired screen of the staff.",
        action: "Sign in",
        locked: (seconds) => `Too many wrong ones. Please wait for ${seconds} s.`,
    },
    roles: en.roles,
    status: {
        PENDING: "Waiting",
        MAKING: "Being made",
        READY: "Ready",
        COMPLETED: "Handed over",
        CANCELLED: "Cancelled",
    },
    payTypes: {
        UNSPECIFIED: "",
        CARD: "Card",
        CASH: "Cash",
        CELL: "Points",
        TRANSFER: "Transfer",
        EXTERNAL: "At the till",
    },
    fulfilments: { UNSPECIFIED: "", DINE_IN: "Eat in", TAKE_OUT: "To go" },
    sources: { UNSPECIFIED: "", KIOSK: "Kiosk", POS: "Till", STAFF: "Staff", WEB: "Web" },
    days: {
        UNSPECIFIED: "",
        MONDAY: "Mo",
        TUESDAY: "Tu",
        WEDNESDAY: "We",
        THURSDAY: "Th",
        FRIDAY: "Fr",
        SATURDAY: "Sa",
        SUNDAY: "Su",
    },
};
