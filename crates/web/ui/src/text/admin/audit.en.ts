import type { audit as ko } from "./audit.ko.ts";

export const audit: typeof ko = {
    when: "When",
    what: "What",
    who: "Who",
    address: "Address",
    detail: "Detail",
    none: "Nothing was recorded yet",
    kinds: {
        UNSPECIFIED: "",
        CODE_CREATED: "Code made",
        PAIRED: "Paired",
        CODE_REFUSED: "Code refused",
        TOKEN_USED: "Came in",
        TOKEN_REFUSED: "Token refused",
        CALL_REFUSED: "Call refused",
        RENAMED: "Renamed",
        REVOKED: "Revoked",
        EXPIRED: "Session over",
        SIGNED_IN: "Signed in",
        SIGN_IN_REFUSED: "Sign-in refused",
        STAFF_CHANGED: "Staff changed",
        STAFF_DELETED: "Staff deleted",
    },
};
