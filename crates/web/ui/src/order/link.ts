import { backoffMs } from "../log/backoff.ts";
import { post } from "../log/post.ts";
import { Refusal } from "../log/refusal.ts";

/** Of `/o/<token>`. */
export function tokenOf(path: string): string {
    return decodeURIComponent(path.split("/")[2] ?? "");
}

/**
 * The order that the link is for; none: it is good for nothing, or not any more. Asks until there is
 * an answer.
 */
export async function orderOf(token: string): Promise<string | undefined> {
    for (let attempt = 0; ; attempt += 1) {
        try {
            const { role, orderId } = await post("DeviceService/WhoAmI", {}, token);
            return role === "CUSTOMER" ? orderId : undefined;
        } catch (error) {
            if (error instanceof Refusal && !error.isUnanswered) return undefined;
            await new Promise((resume) => setTimeout(resume, backoffMs(attempt, Math.random)));
        }
    }
}
