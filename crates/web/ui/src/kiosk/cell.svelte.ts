import type { AnswerOf } from "../log/methods.ts";
import type { Log } from "../log/log.svelte.ts";
import type { Cell } from "../log/wire.ts";

type Member = NonNullable<AnswerOf<"CellService/ListCellMembers">["members"]>[number];

export const PIN_DIGITS_MIN = 4;
export const PIN_DIGITS_MAX = 8;

/** What is still to be said before a cell can pay. */
export type CellStep = "cell" | "member" | "pin" | "confirm";

/** Who pays with points: a cell, one of its members, and the PIN. */
export class CellPayment {
    /** As they are now: a kiosk is not told of every change of a balance. */
    cells = $state.raw<readonly Cell[]>([]);
    cell = $state.raw<Cell>();
    members = $state.raw<readonly Member[]>([]);
    needsPin = $state(false);
    member = $state.raw<Member>();
    pin = $state("");
    /** Why the last try was refused; empty: it was not. */
    problem = $state("");
    /** Until then no PIN is taken. */
    lockedUntil = $state(0);
    isBusy = $state(false);

    readonly #log: Log;

    constructor(log: Log) {
        this.#log = log;
    }

    get step(): CellStep {
        if (this.cell === undefined) return "cell";
        if (!this.needsPin) return "confirm";
        return this.member === undefined ? "member" : "pin";
    }

    /** Points that can be spent. */
    get available(): number {
        const { balance = 0, creditLimit = 0 } = this.cell ?? {};
        return balance + creditLimit;
    }

    begin(): void {
        this.reset();
        this.cells = [...this.#log.state.cells.values()];
        void this.#load();
    }

    async choose(cell: Cell): Promise<void> {
        if (this.isBusy) return;
        this.isBusy = true;
        const { cellId } = cell;
        const answer = await this.#log
            .call("CellService/ListCellMembers", { cellId })
            .catch(() => undefined);
        this.isBusy = false;
        if (answer === undefined) return;
        this.needsPin = answer.needsPin ?? false;
        this.members = (answer.members ?? []).filter(({ hasPin }) => hasPin);
        this.cell = cell;
    }

    press(digit: string): void {
        this.problem = "";
        if (this.pin.length < PIN_DIGITS_MAX) this.pin += digit;
    }

    delete(): void {
        this.pin = this.pin.slice(0, -1);
    }

    /** True: there was a step to go back to. */
    back(): boolean {
        [this.pin, this.problem] = ["", ""];
        if (this.member !== undefined) this.member = undefined;
        else if (this.cell !== undefined) this.cell = undefined;
        else return false;
        return true;
    }

    refused(problem: string, waitMs: number): void {
        [this.problem, this.pin] = [problem, ""];
        this.lockedUntil = waitMs > 0 ? performance.now() + waitMs : 0;
        void this.#load();
    }

    reset(): void {
        [this.cell, this.member, this.members] = [undefined, undefined, []];
        [this.pin, this.problem, this.lockedUntil] = ["", "", 0];
    }

    async #load(): Promise<void> {
        const answer = await this.#log.call("CellService/ListCells", {}).catch(() => undefined);
        if (answer === undefined) return;
        this.cells = (answer.cells ?? []) as Cell[];
        const { cell } = this;
        if (cell !== undefined) this.cell = this.cells.find((it) => it.cellId === cell.cellId);
    }
}
