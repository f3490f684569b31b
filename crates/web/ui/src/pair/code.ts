/** What a code is made of: Crockford's digits, without those that look like others. */
export const KEYS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const CODE_CHARS = 8;

/** Read as one would mean it: without what is between, and with the digits that letters look like. */
export function codeOf(typed: string): string {
    const meant = typed.toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
    return [...meant]
        .filter((char) => KEYS.includes(char))
        .slice(0, CODE_CHARS)
        .join("");
}
