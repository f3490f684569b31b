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
    for (const detail of details ?? []) {
        const { reason: said, retryDelay, fieldViolations } = factsOf(detail);
        reason ||= said ?? "";
        retryAfterMs ||= milliseconds(retryDelay);
        violations = fieldViolations ?? violations;
    }
    const name = (code ?? "UNKNOWN").toUpperCase();
    return new Refusal(name, message ?? "", reason, retryAfterMs, violations);
}

/** Connect has a detail's content beside its type, a session has both in one object. */
function factsOf(detail: unknown): Facts {
    const { debug } = detail as { debug?: Facts };
    return debug ?? (detail as Facts);
}

interface Facts {
    reason?: string;
    retryDelay?: string;
    fieldViolations?: Violation[];
}

/** Of `2.500s`, as proto3 JSON has durations. */
function milliseconds(duration: string | undefined): number {
    const seconds = Number.parseFloat(duration ?? "");
    return Number.isFinite(seconds) ? Math.round(seconds * 1000) : 0;
}
