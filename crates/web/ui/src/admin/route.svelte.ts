// Where somebody is, in the part of the address behind the `#`: the box serves one page, and the
// browser's way back and forth works.

class Route {
    /** `orders/ORD-1`: the page's name, and what of it is shown. */
    #path = $state(read());

    constructor() {
        window.addEventListener("hashchange", () => (this.#path = read()));
    }

    get page(): string {
        return this.#path.split("/")[0] ?? "";
    }

    /** What of the page is shown; empty: nothing in particular. */
    get part(): string {
        return this.#path.split("/").slice(1).join("/");
    }

    go(page: string, part = ""): void {
        location.hash = addressOf(page, part);
    }
}

export function addressOf(page: string, part: string | number = ""): string {
    return `#/${page}${part === "" ? "" : `/${encodeURIComponent(part)}`}`;
}

function read(): string {
    try {
        return decodeURIComponent(location.hash.replace(/^#\/?/, ""));
    } catch {
        return "";
    }
}

export const route = new Route();
