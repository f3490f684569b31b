import { problemOf } from "../../shared/problem.ts";

interface PageOf<T> {
    items: T[];
    nextPageToken: string | undefined;
}

/** A list that comes a page at a time. */
export class Paged<T> {
    items = $state.raw<readonly T[]>([]);
    /** There is more of it. */
    hasMore = $state(false);
    isLoading = $state(false);
    /** The first page was there: an empty list is empty. */
    isLoaded = $state(false);
    problem = $state("");
    readonly #ask: (pageToken: string) => Promise<PageOf<T>>;
    #next = "";
    #nth = 0;

    constructor(ask: (pageToken: string) => Promise<PageOf<T>>) {
        this.#ask = ask;
    }

    /** From the beginning. What is shown stays until there is something newer. */
    load(): Promise<void> {
        return this.#load("", []);
    }

    more(): Promise<void> {
        return this.hasMore ? this.#load(this.#next, this.items) : Promise.resolve();
    }

    /** Until there is no more of it. */
    async all(): Promise<void> {
        while (this.hasMore && this.problem === "") await this.more();
    }

    async #load(token: string, before: readonly T[]): Promise<void> {
        this.#nth += 1;
        const nth = this.#nth;
        this.isLoading = true;
        try {
            const { items, nextPageToken = "" } = await this.#ask(token);
            if (nth !== this.#nth) return;
            this.items = [...before, ...items];
            this.#next = nextPageToken;
            [this.hasMore, this.isLoaded, this.problem] = [nextPageToken !== "", true, ""];
        } catch (error) {
            if (nth === this.#nth) this.problem = problemOf(error);
        } finally {
            if (nth === this.#nth) this.isLoading = false;
        }
    }
}
