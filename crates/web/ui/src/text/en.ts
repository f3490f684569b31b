import type { Words } from "./ko.ts";

const minutes = (seconds: number) => Math.max(1, Math.round(seconds / 60));
const since = (seconds: number) =>
    seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;

export const en: Words = {
    common: {
        dismiss: "Dismiss",
        close: "Close",
        soundBlocked: "Touch the screen once to turn the sound on",
        theme: "Light or dark",
        language: "한국어",
        noAnswer: "No answer. Please try again.",
    },
    connection: {
        connecting: "Connecting",
        connected: "Connected",
        lost: "Connection lost",
        ended: "Not paired",
        since,
        trying: "connecting again",
        nextTry: (seconds) => `next try in ${seconds} s`,
        endedTitle: {
            unknown: "This screen is not paired",
            revoked: "This screen was signed out",
        },
        endedHelp: "Ask the admin for a code and pair it again.",
        pairAgain: "Pair this screen",
    },
    board: {
        title: "Orders",
        preparing: "Preparing",
        ready: "Please collect",
        noneReady: "Orders that are ready are shown here",
        nonePreparing: "No orders waiting",
        about: (seconds) => `about ${minutes(seconds)} min`,
        again: "being made again",
        more: (count) => `and ${count} more`,
        stale: "Connection lost",
        staleHelp: (seconds) => `As it was ${since(seconds)} ago. Please ask the staff.`,
        spoken: (num) => `Number ${num}, your order is ready.`,
    },
};
