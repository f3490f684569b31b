import type { settings as ko } from "./settings.ko.ts";

export const settings: typeof ko = {
    groups: {
        hours: "Hours and kiosks",
        kitchen: "Kitchen",
        waiting: "Waiting room",
        seats: "Seats and calls",
        shop: "Shop",
    },
    opens: (time) => `opens ${time}`,
    lastOrder: (time) => `orders until ${time}`,
    closes: (time) => `closes ${time}`,
    alwaysOpen: "Always open",
    openOn: (day) => `Open on ${day}`,
    opensOn: (day) => `${day} opens`,
    closesOn: (day) => `${day} closes`,
    addHours: (day) => `More hours on ${day}`,
    removeHours: (day) => `Take these hours of ${day} out`,
    closed: "closed",
    hoursHint: "Hours that end before they begin go on after midnight.",
    choices: {
        auto: "When there are many",
        always: "Only when staff let them in",
        staff: "Only by staff",
        cancelled: "When its order is cancelled",
        completed: "When its order is handed over or cancelled",
    },
    keys: {
        is_kiosk_active: {
            label: "Kiosks take orders",
            hint: "Off: they show that they are out of service, and take none.",
        },
        opening_hours: {
            label: "Opening hours",
            hint: "",
        },
        holidays: {
            label: "Holidays and special days",
            hint: "2026-12-25 closed; 2026-12-31 10:00-15:00. They stand above the days.",
        },
        last_order_minutes: {
            label: "Last orders (minutes)",
            hint: "Kiosks stop so long before closing.",
        },
        stations: {
            label: "Stations",
            hint: "With commas: bar,kitchen,dessert. The first one makes what says nothing.",
        },
        kitchen_warn_minutes: {
            label: "Yellow after (minutes)",
            hint: "What waits so long turns yellow in the kitchen.",
        },
        kitchen_late_minutes: {
            label: "Red after (minutes)",
            hint: "What waits so long turns red in the kitchen.",
        },
        kitchen_lag_seconds: {
            label: "Kitchen screens may lag (seconds)",
            hint: "Longer raises an incident.",
        },
        is_queue_active: {
            label: "Waiting room",
            hint: "In busy hours customers take a ticket and wait for their turn.",
        },
        queue_mode: { label: "Let in", hint: "" },
        queue_threshold: {
            label: "Customers who order at once",
            hint: "More than that wait.",
        },
        queue_absence_seconds: {
            label: "Absent for (seconds)",
            hint: "Whoever is not heard of for so long loses the turn.",
        },
        seat_free_on: { label: "A seat is freed", hint: "" },
        seat_hold_seconds: {
            label: "A seat is held for (seconds)",
            hint: "While somebody chooses, nobody else gets it.",
        },
        bell_escalate_seconds: {
            label: "A call is raised again after (seconds)",
            hint: "When nobody has answered it.",
        },
        phones_url: {
            label: "Where customers' phones reach the box",
            hint: "Such as http://192.168.0.9:3001, for the kiosk's QR code. Empty: where the kiosk does.",
        },
        time_zone: { label: "Time zone", hint: "Such as Asia/Seoul" },
        business_day_hour: {
            label: "The business day begins at (hour)",
            hint: "From then on numbers begin at 1 again.",
        },
    },
};
