import { post } from "../../log/post.ts";
import { uuid } from "../../log/uuid.ts";
import { download } from "../parts/download.ts";

export type Format = "CSV" | "JSON";

/** The most that the box takes at once. */
export const TEXT_BYTES_MAX = 200 * 1024;

/** A menu that somebody has chosen to import. */
export interface MenuText {
    name: string;
    format: Format;
    text: string;
    /** Asked once more without an answer, it is imported once. */
    requestId: string;
}

export type Wrong = "tooLarge" | "notUtf8" | "empty";

const TYPES: Readonly<Record<Format, string>> = {
    CSV: "text/csv;charset=utf-8",
    JSON: "application/json",
};

/** What is in the file, or why it need not be sent. */
export async function read(file: File): Promise<MenuText | Wrong> {
    if (file.size > TEXT_BYTES_MAX) return "tooLarge";
    const format = file.name.toLowerCase().endsWith(".json") ? "JSON" : "CSV";
    let text: string;
    try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
        return "notUtf8";
    }
    return text.trim() === "" ? "empty" : { name: file.name, format, text, requestId: uuid() };
}

/** Over HTTP, as texts are larger than what a session may have waiting. */
export async function save(format: Format, date: string): Promise<void> {
    const { text = "" } = await post("MenuService/ExportMenu", { format });
    download(`menu-${date}.${format.toLowerCase()}`, TYPES[format], text);
}

/** What importing it would do, or what keeps it from being imported. Nothing is changed. */
export function check({ format, text }: MenuText) {
    const request = { requestId: uuid(), format, text, dryRun: true };
    return post("MenuService/ImportMenu", request);
}

export function put({ format, text, requestId }: MenuText) {
    return post("MenuService/ImportMenu", { requestId, format, text, dryRun: false });
}
