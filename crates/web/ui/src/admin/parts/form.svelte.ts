import type { Changes, Log } from "../../log/log.svelte.ts";
import type { AnswerOf, Method } from "../../log/methods.ts";
import { Refusal, type Violation } from "../../log/refusal.ts";
import { uuid } from "../../log/uuid.ts";
import { problemOf } from "../../shared/problem.ts";
import { adminWords } from "../../text/admin.svelte.ts";

/** What is filled in and sent. When the box refuses it, what was typed stays, and it is said why. */
export class Form {
    isBusy = $state(false);
    /** Empty: none. */
    problem = $state("");
    /** The fields that have a place for what is wrong with them. */
    readonly #marked = new Set<string>();
    #violations = $state.raw<readonly Violation[]>([]);
    /** Asked once more, the same without an answer is the same request: nothing is charged twice. */
    #unanswered = { content: "", requestId: "" };

    constructor(readonly log: Log) {}

    /** What the box says is wrong with a field; empty: nothing. */
    of(...fields: string[]): string {
        for (const field of fields) this.#marked.add(field);
        const found = this.#violations.find(({ field }) => fields.includes(field));
        return found === undefined ? "" : adminWords().wrong(found.description);
    }

    /** Of a field without a place to say why. */
    isWrong(name: string): boolean {
        return this.#violations.some(({ field }) => field === name);
    }

    /** Whatever changes something. Undefined: it was refused, and `problem` says why. */
    async change<M extends Method>(
        method: M,
        changes: Changes<M>,
    ): Promise<AnswerOf<M> | undefined> {
        const content = method + JSON.stringify(changes);
        if (this.#unanswered.content !== content) {
            this.#unanswered = { content, requestId: uuid() };
        }
        const { requestId } = this.#unanswered;
        return this.run(async () => {
            const answer = await this.log.change(method, changes, requestId).catch(this.#answered);
            this.#unanswered = { content: "", requestId: "" };
            return answer;
        });
    }

    /** Anything else that may be refused. */
    async run<T>(what: () => Promise<T>): Promise<T | undefined> {
        if (this.isBusy) return undefined;
        this.isBusy = true;
        this.problem = "";
        this.#violations = [];
        try {
            return await what();
        } catch (error) {
            this.#violations = error instanceof Refusal ? error.violations : [];
            this.problem = this.#isMarked ? adminWords().wrongFields : problemOf(error);
            return undefined;
        } finally {
            this.isBusy = false;
        }
    }

    /** All that is wrong stands beside its field. */
    get #isMarked(): boolean {
        const wrong = this.#violations;
        return wrong.length > 0 && wrong.every(({ field }) => this.#marked.has(field));
    }

    readonly #answered = (error: unknown): never => {
        const isUnanswered = error instanceof Refusal && error.isUnanswered;
        if (!isUnanswered) this.#unanswered = { content: "", requestId: "" };
        throw error;
    };
}
