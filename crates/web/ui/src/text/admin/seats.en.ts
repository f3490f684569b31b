import type { seats as ko } from "./seats.ko.ts";

export const seats: typeof ko = {
    add: "New seat",
    none: "There is no seat on the plan yet",
    free: (free, all) => `${free} of ${all} are free`,
    plan: "Plan of the seats",
    id: "Seat id",
    idHint: "Stays as it is: A3",
    name: "Name",
    zone: "Zone",
    people: "People",
    status: "Status",
    since: "For",
    statuses: { UNSPECIFIED: "", FREE: "free", HELD: "held", OCCUPIED: "occupied" },
    release: "Free it",
    releaseOne: (name) => `Free ${name}`,
    editOne: (name) => `Edit ${name}`,
    numbers: {
        seats: "People",
        x: "From the left",
        y: "From the top",
        width: "Width",
        height: "Height",
    },
    removeWhat: (name) => `${name} is taken off the plan. While somebody has it that is refused.`,
};
