/** A table as spreadsheets read it: with a byte order mark, quotes where they are needed, and CRLF. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
    const lines = rows.map((row) => row.map(cell).join(","));
    return `\ufeff${lines.join("\r\n")}\r\n`;
}

function cell(value: string | number): string {
    if (typeof value === "number") return String(value);
    // A spreadsheet would run what looks like a formula.
    const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
