import type { staff as ko } from "./staff.ko.ts";

export const staff: typeof ko = {
    help: "Who may sign in here.",
    add: "New member of staff",
    none: "There is nobody yet. Add somebody with a name and a password.",
    name: "Name",
    role: "Role",
    roleHelp: {
        STAFF: "Sees and handles orders, writes messages",
        ADMIN: "Menu, reports, devices and settings, too",
    },
    password: "Password",
    passwordHint: "8 to 64 characters",
    pin: "PIN",
    pinHint: "4 to 8 digits; good at paired screens of the staff only",
    kept: "Empty: it stays as it is",
    editOne: (name) => `Edit ${name}`,
    signedOut: "Another role, password or PIN signs them out everywhere.",
    removeWhat: (name) =>
        `${name}'s account is deleted: they are signed out everywhere, and can't sign in again.`,
};
