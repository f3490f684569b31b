import { en } from "./en.ts";
import type { Facts } from "./facts.ts";
import type { Refusals } from "./refusals.ko.ts";

const status = (facts: Facts, name: string) =>
    (en.kitchen.status as Readonly<Record<string, string>>)[facts.text(name)] ?? facts.text(name);
const opens = (facts: Facts, what: string) =>
    facts.text("opensAt") === "" ? `${what}.` : `${what}. We open again ${facts.time("opensAt")}.`;
const wait = (facts: Facts, what: string) => `${what}. Please try again in ${facts.seconds} s.`;
const order = (facts: Facts) => `Order ${facts.text("dailyNum")}`;
const menu = (facts: Facts) => facts.text("menuName");
const lookAgain = "Please look at your order again.";

export const refusalsEn: Refusals = {
    reasons: {
        INVALID: (facts) => `Please check what you entered (${facts.problem}).`,
        NOT_FOUND: "There is no such thing.",
        REQUEST_ID_REUSED:
            "The same request came with other content. Please reload the page and try again.",

        BUSY: "The box is busy. Please try again in a moment.",
        TOO_OFTEN: "That was asked too often. Please try again in a moment.",
        TOO_MANY: (facts) => `There can't be more of them (at most ${facts.number("max")}).`,
        DISK_FULL: "The disk is full. Please tell the admin.",
        IMAGES_FULL: "There is no room for more pictures. Delete some that are not used.",
        STORE_CLOSED: "The store is being opened again. Please try again in a moment.",
        HISTORY_CLOSED: "History is being opened again. Please try again in a moment.",
        JOURNAL: "The records can't be read. If that goes on, tell the admin.",
        STOPPING: "The box is restarting. Please try again in a moment.",
        DEADLINE: "It took too long. See whether it was done before you try again.",
        EVENTS_LOST: "What happened meanwhile is not kept any more. Please reload the page.",
        TLS_OFF: "There is no certificate to be had: TLS is off.",

        TOKEN_MISSING: "Please pair this screen or sign in first.",
        TOKEN_REFUSED: "Pairing or sign-in is over. Please pair this screen or sign in again.",
        NOT_SIGNED_IN: "Nobody is signed in here.",
        ROLE: "This screen may not do that. Please ask the admin.",
        NOT_OWN_ORDER: "You can see your own order only.",
        CODE_REFUSED: "The code is wrong, was used, or is older than 5 minutes. Ask for a new one.",
        CODE_LOCKED: (facts) => wait(facts, "Too many wrong codes"),
        CODES_FULL: "Too many codes are waiting to be used. Please try again later.",
        TOKEN_SHOWN: "The code was used. Ask for a new one.",
        SIGN_IN_REFUSED: "The name, password or PIN is wrong, or a PIN is not enough here.",
        SIGN_IN_LOCKED: (facts) => wait(facts, "Too many wrong ones"),

        STATUS: (facts) => `${order(facts)} has changed meanwhile (now: ${status(facts, "from")}).`,
        NOT_RECALLABLE: (facts) =>
            `${order(facts)} can't go back a step (now: ${status(facts, "from")}).`,
        CANCEL_NEEDS_STAFF: "It is made, so only staff can cancel it. Please ask them.",
        ORDER_CLOSED: (facts) => `${order(facts)} is over (${status(facts, "status")}).`,
        NOT_BEGUN: (facts) => `Nothing of order ${facts.text("dailyNum")} was made yet.`,
        NO_LINE_AT_STATION: (facts) =>
            `The order has nothing for ${en.kitchen.station(facts.text("station"))}.`,
        LINE_CANCELLED: "That line is cancelled.",
        LINE_QUANTITY: (facts) => `There are only ${facts.number("quantity")} in that line.`,
        EXTERNAL_ID_USED: "An order with that number came today.",
        TICKET_REFUSED: "Your turn to order is over. Please start again.",
        WAITING_ROOM_FULL: "Too many are waiting. Please come back in a moment.",

        SOLD_OUT: (facts) => `“${menu(facts)}” has just sold out. ${lookAgain}`,
        OUT_OF_STOCK: (facts) =>
            facts.text("remaining") === "0"
                ? `“${menu(facts)}” has just run out. ${lookAgain}`
                : `Only ${facts.number("remaining")} are left of “${menu(facts)}”. ${lookAgain}`,
        NOT_AVAILABLE: (facts) => `“${menu(facts)}” is not sold at this time.`,
        OPTION_SOLD_OUT: (facts) =>
            `“${facts.text("optionName")}” for “${menu(facts)}” has just sold out. ${lookAgain}`,
        OPTION_UNKNOWN: (facts) => `An option of “${menu(facts)}” is gone. ${lookAgain}`,
        OPTION_COUNT: (facts) => {
            const [min, max] = [facts.number("min"), facts.number("max")];
            return `${facts.text("group")}: choose ${min === max ? min : `${min} to ${max}`}.`;
        },
        TOTAL_CHANGED: (facts) => `The total is now ₩${facts.number("total")}. ${lookAgain}`,
        TOTAL_TOO_LARGE: (facts) =>
            `An order can come to ₩${facts.number("max")} at most. Please make two of it.`,
        NOTHING_LEFT: "There are none left: add what has come, or don't count it.",
        NOT_COUNTED: "It is not counted: count it first.",
        CATEGORY_IN_USE: (facts) =>
            `There are items in that category: ${facts.text("items")}. Move them first.`,
        STATION_IN_USE: (facts) =>
            `${en.kitchen.station(facts.text("station"))} makes ${facts.text("items")}. Move them first.`,

        INSUFFICIENT_BALANCE: (facts) =>
            `There are not enough points (${facts.number("available")} can be spent).`,
        BALANCE_OUT_OF_RANGE: "The balance would be too large or too small. Choose less.",
        CREDIT_IN_USE: (facts) =>
            `The balance is ${facts.number("balance")}, so the limit can't be that low.`,
        CELL_ARCHIVED: "The cell is archived: bring it back into use first.",
        PIN_REQUIRED: "It was not ordered. Please enter the PIN once more.",
        PIN_WRONG: "That is not the PIN. Please enter it again.",
        PIN_LOCKED: (facts) => wait(facts, "The PIN was wrong too often"),

        SEAT_HELD: "Someone else holds that seat.",
        SEAT_OCCUPIED: "Someone sits there.",
        SEAT_FREE: "Nobody sits there who could be moved.",

        KIOSK_INACTIVE: "The kiosk takes no orders now. Please order at the counter.",
        CLOSED: (facts) => opens(facts, "We are closed"),
        HOLIDAY: (facts) => opens(facts, "We are closed today"),
        LAST_ORDER: (facts) => opens(facts, "The last orders were taken"),
        DAY_CLOSED: (facts) =>
            `The day was closed meanwhile, with Z report ${facts.text("number")}. Please look again.`,
    },
    missing: {
        order: "There is no such order.",
        "open order": "The order is over, or there is none.",
        line: "The order has no such line.",
        "menu item": "It is not on the menu any more. Please look at the menu again.",
        category: "The category was deleted.",
        setting: (facts) => `There is no setting ${facts.text("resourceName")}.`,
        seat: (facts) => `Seat ${facts.text("resourceName")} is not on the plan.`,
        "waiting bell": "Someone else has answered that call.",
        incident: "There is no such incident.",
        cell: "There is no such cell.",
        "cell member": "The member was deleted.",
        device: "The device was revoked.",
        "staff member": "That account was deleted.",
        ticket: "Your place in the line is lost. Please take another.",
        "day report": (facts) => `There is no Z report ${facts.text("resourceName")}.`,
    },
};
