/** A field by its name in the contract, such as `item.name`, and what is wrong with it. */
export interface Violation {
    field: string;
    description: string;
}

/** Why a call was not done: one of the 16 codes of gRPC, and the reason that the box gives. */
export class Refusal extends Error {
    override readonly name = "Refusal";

    constructor(
        readonly code: string,
        message: string,
        /** A word for programs, such as `CODE_REFUSED`; may be empty. */
        readonly reason = "",
        /** So long is to be waited before the next try; 0: nothing was said. */
        readonly retryAfterMs = 0,
        /** What is wrong with which field of the request. */
        readonly violations: readonly Violation[] = [],
        /** What it is about, such as `remaining`; of what was not found, `resourceType` and `resourceName`. */
        readonly facts: Readonly<Record<string, string>> = {},
    ) {
        super(message);
    }

    /** The box did not answer: nobody knows whether it was done, and the same request may be repeated. */
    get isUnanswered(): boolean {
        return this.code === "UNAVAILABLE" || this.code === "DEADLINE_EXCEEDED";
    }
}

export function unanswered(message: string): Refusal {
    return new Refusal("UNAVAILABLE", message);
}

/** Of what a session's `error` frame or a Connect answer has as its body. */
export function refusalFrom(body: unknown): Refusal {
    const { code, message, details } = (body ?? {}) as {
        code?: string;
        message?: string;
        details?: unknown[];
    };
    let reason = "";
    let retryAfterMs = 0;
    let violations: readonly Violation[] = [];
    let facts: Readonly<Record<string, string>> = {};
    for (const detail of details ?? []) {
        const { reason: said, metadata, retryDelay, fieldViolations, ...named } = contentOf(detail);
        reason ||= said ?? "";
        retryAfterMs ||= milliseconds(retryDelay);
        violations = fieldViolations ?? violations;
        facts = { ...facts, ...metadata };
        const { resourceType, resourceName = "" } = named;
        if (resourceType !== undefined) facts = { ...facts, resourceType, resourceName };
    }
    const name = (code ?? "UNKNOWN").toUpperCase();
    return new Refusal(name, message ?? "", reason, retryAfterMs, violations, facts);
}

/** Connect has a detail's content beside its type, a session has both in one object. */
function contentOf(detail: unknown): Content {
    const { debug } = detail as { debug?: Content };
    return debug ?? (detail as Content);
}

/** Of the kinds of detail that the box sends; each has some of these. */
interface Content {
    reason?: string;
    metadata?: Record<string, string>;
    resourceType?: string;
    resourceName?: string;
    retryDelay?: string;
    fieldViolations?: Violation[];
}

/** Of `2.500s`, as proto3 JSON has durations. */
function milliseconds(duration: string | undefined): number {
    const seconds = Number.parseFloat(duration ?? "");
    return Number.isFinite(seconds) ? Math.round(seconds * 1000) : 0;
}
