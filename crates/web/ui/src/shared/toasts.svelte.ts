export type ToastKind = "info" | "success" | "warning" | "error" | "incident";

export interface Toast {
    id: number;
    kind: ToastKind;
    text: string;
    /** Of what goes on until it is said to be over: its toast stays until then. */
    about?: string;
}

const SHOWN_MS = 3_000;
const TOASTS_MAX = 5;

class Toasts {
    list = $state.raw<readonly Toast[]>([]);
    #last = 0;

    show(kind: ToastKind, text: string): void {
        const id = this.#add({ kind, text });
        setTimeout(() => this.dismiss(id), SHOWN_MS);
    }

    /** Stays until it is dismissed, or told to be over. */
    keep(about: string, text: string): void {
        this.over(about);
        this.#add({ kind: "incident", text, about });
    }

    dismiss(id: number): void {
        this.list = this.list.filter((toast) => toast.id !== id);
    }

    over(about: string): void {
        this.list = this.list.filter((toast) => toast.about !== about);
    }

    /** The newest at the top. When there are too many, the oldest that would go anyway goes first. */
    #add(toast: Omit<Toast, "id">): number {
        this.#last += 1;
        const list = [{ ...toast, id: this.#last }, ...this.list];
        while (list.length > TOASTS_MAX) {
            const oldest = list.findLastIndex((known) => known.about === undefined);
            list.splice(oldest > 0 ? oldest : list.length - 1, 1);
        }
        this.list = list;
        return this.#last;
    }
}

export const toasts = new Toasts();
