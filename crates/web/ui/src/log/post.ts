import { fullName, type AnswerOf, type Method, type RequestOf } from "./methods.ts";
import { refusalFrom, unanswered } from "./refusal.ts";

const TIMEOUT_MS = 10_000;

/**
 * Calls a method with JSON over HTTP. For what is no session's: before there is one, and for answers
 * that are larger than a session may have waiting.
 */
export async function post<M extends Method>(
    method: M,
    request: RequestOf<M>,
    token?: string,
): Promise<AnswerOf<M>> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    const init = { method: "POST", headers, body: JSON.stringify(request) };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`/${fullName(method)}`, { ...init, signal }).catch((error) => {
        throw unanswered(String(error));
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body as AnswerOf<M>;
    // Without words of its own it is something between here and the box that answered.
    if (body === undefined) throw unanswered(`HTTP ${response.status}`);
    throw refusalFrom(body);
}
