import { Refusal } from "../../log/refusal.ts";
import { adminWords } from "../../text/admin.svelte.ts";
import { words } from "../../text/index.svelte.ts";

/** Why something was not done, for people: in their language where there are words for it. */
export function problemOf(error: unknown): string {
    if (!(error instanceof Refusal)) return String(error);
    if (error.isUnanswered) return words().common.noAnswer;
    const reasons: Readonly<Record<string, string>> = adminWords().reasons;
    const known = reasons[error.reason];
    // The box's own words have the numbers and names that it is about.
    return known === undefined ? error.message : `${known} (${error.message})`;
}
