import type { messages as ko } from "./messages.ko.ts";

export const messages: typeof ko = {
    room: "To",
    rooms: { all: "Everybody", kitchen: "Kitchen", counter: "Counter" },
    write: "Message",
    none: "No messages yet",
    noBells: "Nobody calls",
    answer: "Answered",
};
