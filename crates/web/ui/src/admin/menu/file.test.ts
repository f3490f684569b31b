import { expect, test } from "vitest";
import { read, TEXT_BYTES_MAX } from "./file.ts";

const file = (name: string, ...parts: BlobPart[]) => read(new File(parts, name));

test("a file is CSV unless its name says JSON", async () => {
    expect(await file("menu.csv", "\ufeffmenu_id,name\r\n")).toMatchObject({
        ...{ name: "menu.csv", format: "CSV", text: "menu_id,name\r\n" },
    });
    expect(await file("Menu.JSON", "{}")).toMatchObject({ format: "JSON", text: "{}" });
    expect(await file("menu.txt", "name\n")).toMatchObject({ format: "CSV" });
});

test("what the box would not take is not sent", async () => {
    expect(await file("menu.csv", "x".repeat(TEXT_BYTES_MAX + 1))).toBe("tooLarge");
    expect(await file("menu.csv", "x".repeat(TEXT_BYTES_MAX))).toMatchObject({ format: "CSV" });
    expect(await file("menu.csv", " \r\n")).toBe("empty");
});

test("a spreadsheet's file in another encoding is told of, before its letters are lost", async () => {
    // "커피" as Korean Windows writes it.
    expect(await file("menu.csv", new Uint8Array([0xc4, 0xbf, 0xc7, 0xc7]))).toBe("notUtf8");
});
