import { Log } from "../log/log.svelte.ts";
import type { Refusal } from "../log/refusal.ts";
import { uuid } from "../log/uuid.ts";
import type { Activity, MenuCategory, MenuItem } from "../log/wire.ts";
import { problemOf } from "../shared/problem.ts";
import { language, type Language } from "../text/index.svelte.ts";
import { kioskWords } from "../text/kiosk.svelte.ts";
import { access, kioskName } from "./access.svelte.ts";
import { countOf, totalOf, type Basket } from "./basket.ts";
import { CellPayment } from "./cell.svelte.ts";
import { agreed, changesOf } from "./changes.ts";
import { Checkout } from "./checkout.svelte.ts";
import { isAvailable, wallTime } from "./hours.ts";
import type { OrderWish } from "./placing.ts";
import { SeatChoice } from "./seats.svelte.ts";
import { Turn } from "./ticket.svelte.ts";
import { voice } from "./voice.svelte.ts";

export type Step = "attract" | "turn" | "menu" | "basket" | "seat" | "pay" | "cell";
export type Fulfilment = "DINE_IN" | "TAKE_OUT";

/** Of refusals by what a customer chose or typed; others are for the staff. */
const CUSTOMERS_CODES = ["FAILED_PRECONDITION", "PERMISSION_DENIED", "OUT_OF_RANGE"];

export interface Category {
    id: number;
    category: MenuCategory | undefined;
    items: MenuItem[];
}

/** The kiosk, and the customer who stands before it. */
export class Kiosk {
    readonly log = new Log({ rooms: ["menu", "settings", "seats"], name: kioskName });
    readonly checkout = new Checkout(this.log);
    readonly cell = new CellPayment(this.log);
    readonly seat = new SeatChoice(this.log);
    readonly turn = new Turn(this.log);

    step = $state<Step>("attract");
    fulfilment = $state<Fulfilment>("TAKE_OUT");
    basket = $state.raw<Basket>([]);
    /** What the last refusal says; empty: there was none. */
    problem = $state("");

    /** A minute of the shop's clock; it is looked at once a second, and changes once a minute. */
    readonly #minute = $derived(Math.floor(this.log.now / 60_000));
    readonly wallTime = $derived(wallTime(this.#minute * 60_000, this.#timeZone));
    readonly categories = $derived.by(() => this.#categories());
    readonly changes = $derived(
        changesOf(this.basket, this.log.state.menu, (item) => isAvailable(item, this.wallTime)),
    );
    readonly total = $derived(totalOf(this.basket));
    readonly count = $derived(countOf(this.basket));
    readonly activity: Activity | undefined = $derived(this.log.state.activity);
    readonly isOnline = $derived(this.log.status.kind === "connected");
    /** The café's tables; where the kiosk itself stands is none to sit at. */
    readonly seats = $derived(
        [...this.log.state.seats.values()].filter(({ seatId }) => seatId !== this.place),
    );

    /** Where this kiosk is, by `?place=`: there staff are called to. A seat of the plan may stand for it. */
    readonly place = new URLSearchParams(location.search).get("place") ?? "";
    readonly #firstLanguage: Language = language.current;

    start(): () => void {
        this.checkout.resume();
        return this.log.start();
    }

    /** It is told in passing only, so it is asked for whenever the connection is new. */
    async askActivity(): Promise<void> {
        const answer = await this.log
            .call("SettingsService/GetActivity", {})
            .catch(() => undefined);
        if (answer?.activity !== undefined) this.log.state.activity = answer.activity as Activity;
    }

    begin(fulfilment: Fulfilment): void {
        this.fulfilment = fulfilment;
        if (fulfilment === "TAKE_OUT") this.seat.release();
        if (this.step !== "attract") return;
        if (!this.turn.isNeeded) return this.go("menu");
        this.turn.take();
        this.go("turn");
    }

    go(step: Step): void {
        this.problem = "";
        if (step === "cell") this.cell.begin();
        this.step = step;
    }

    /** What comes after the basket was looked at. */
    afterBasket(): void {
        const choosesSeat = this.fulfilment === "DINE_IN" && this.seats.length > 0;
        this.go(choosesSeat ? "seat" : "pay");
    }

    back(): void {
        if (this.step === "cell" && this.cell.back()) return;
        const choosesSeat = this.fulfilment === "DINE_IN" && this.seats.length > 0;
        const before: Record<Step, Step> = {
            attract: "attract",
            turn: "turn",
            menu: "menu",
            basket: "menu",
            seat: "basket",
            pay: choosesSeat ? "seat" : "basket",
            cell: "pay",
        };
        this.go(before[this.step]);
    }

    agree(): void {
        this.basket = agreed(this.basket, this.changes, this.log.state.menu);
        if (this.basket.length === 0) this.go("menu");
    }

    isAvailable(item: MenuItem): boolean {
        return isAvailable(item, this.wallTime);
    }

    /** Sends the order, once; what changed since it was shown is shown first. */
    pay(payType: "CARD" | "CASH" | "CELL"): void {
        if (!this.isOnline || this.basket.length === 0) return;
        if (this.changes.length > 0) return this.go("basket");
        this.problem = "";
        this.checkout.place(this.#wish(payType));
    }

    /** The box has not taken the order: back to where that can be mended. */
    refused(refusal: Refusal): void {
        this.checkout.done();
        const { reason, retryAfterMs } = refusal;
        const problem = this.#problemOf(refusal);
        if (reason.startsWith("PIN_")) {
            if (this.basket.length === 0) return this.reset();
            if (this.step !== "cell") this.go("cell");
            return this.cell.refused(problem, retryAfterMs);
        }
        if (reason === "TICKET_REFUSED") this.reset();
        else if (reason.startsWith("SEAT_")) [this.seat.problem, this.step] = [problem, "seat"];
        else if (reason === "INSUFFICIENT_BALANCE") this.go("pay");
        else if (this.basket.length > 0) this.go("basket");
        this.problem = problem;
    }

    /** The order is placed: what belonged to it is not this customer's any more. */
    placed(): void {
        this.basket = [];
        this.seat.taken();
        this.turn.used();
        this.cell.reset();
        this.step = "attract";
    }

    /** For the next customer. */
    reset(): void {
        this.checkout.giveUp();
        this.checkout.done();
        this.seat.release();
        this.turn.leave();
        this.cell.reset();
        this.basket = [];
        this.go("attract");
        this.speak(this.#firstLanguage);
        access.reset();
        voice.reset();
    }

    speak(chosen: Language): void {
        language.current = chosen;
        document.documentElement.lang = chosen;
    }

    /** What a customer can do something about is said as it is. */
    #problemOf(refusal: Refusal): string {
        const { other, ...own } = kioskWords().refused;
        const said = (own as Readonly<Record<string, string>>)[refusal.reason];
        if (said !== undefined) return said;
        return CUSTOMERS_CODES.includes(refusal.code) ? problemOf(refusal, this.#timeZone) : other;
    }

    #wish(payType: "CARD" | "CASH" | "CELL"): OrderWish {
        const { cell, member, needsPin, pin } = this.cell;
        const byCell = payType === "CELL" && cell !== undefined ? { cellId: cell.cellId } : {};
        const byMember =
            payType === "CELL" && needsPin && member !== undefined
                ? { cellMemberId: member.memberId ?? 0, cellPin: pin }
                : {};
        const { seatId } = this.seat;
        const atSeat = seatId === "" ? {} : { seatId, seatHolder: kioskName };
        const byTurn = this.turn.ticketId === "" ? {} : { queueTicket: this.turn.ticketId };
        return {
            requestId: uuid(),
            items: this.basket.map(({ item, choices, quantity }) => ({
                menuId: item.menuId,
                quantity,
                options: Object.entries(choices).map(([id, count]) => ({
                    optionId: Number(id),
                    quantity: count,
                })),
            })),
            payType,
            fulfilment: this.fulfilment,
            source: "KIOSK",
            expectedTotal: this.total,
            ...byCell,
            ...byMember,
            ...atSeat,
            ...byTurn,
        };
    }

    get #timeZone(): string {
        return this.log.state.settings.get("time_zone") ?? "Asia/Seoul";
    }

    #categories(): Category[] {
        const { menu, categories } = this.log.state;
        const items = [...menu.values()];
        items.sort((a, b) => a.displayOrder - b.displayOrder || a.menuId - b.menuId);
        const byCategory = new Map<number, MenuItem[]>();
        for (const item of items) {
            const id = categories.has(item.categoryId) ? item.categoryId : 0;
            byCategory.set(id, [...(byCategory.get(id) ?? []), item]);
        }
        const order = ({ category }: Category) => category?.displayOrder ?? Infinity;
        return [...byCategory]
            .map(([id, items]) => ({ id, category: categories.get(id), items }))
            .sort((a, b) => order(a) - order(b) || a.id - b.id);
    }
}
