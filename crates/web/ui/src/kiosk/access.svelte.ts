import { uuid } from "../log/uuid.ts";
import { recall, remember } from "../shared/memory.ts";

export const TEXT_SCALES = [1, 1.2, 1.4] as const;

/** How the one who stands there now wants to see and hear it. The next one begins anew. */
class Access {
    isHighContrast = $state(false);
    /** Of `TEXT_SCALES`. */
    size = $state(0);
    /** All that is touched is where it can be reached from a wheelchair. */
    isLow = $state(false);
    /** Asked for more time: all waits are longer. */
    hasMoreTime = $state(false);

    reset(): void {
        this.isHighContrast = this.isLow = this.hasMoreTime = false;
        this.size = 0;
    }

    /** Puts it on the page; to be called in an effect. */
    show(): void {
        const { dataset, style } = document.documentElement;
        dataset["contrast"] = this.isHighContrast ? "high" : "normal";
        dataset["reach"] = this.isLow ? "low" : "full";
        style.setProperty("--text-scale", String(TEXT_SCALES[this.size] ?? 1));
    }
}

export const access = new Access();

/** What sets this kiosk apart from the café's others: seats are held in its name. */
export const kioskName: string = named();

function named(): string {
    const known = recall<string>("kiosk", "");
    const name = known === "" ? `kiosk ${uuid().slice(0, 8)}` : known;
    remember("kiosk", name);
    return name;
}
