import type { AllergenName } from "./allergens.ko.ts";

export const allergens: Readonly<Record<AllergenName, string>> = {
    ...{ MILK: "milk", EGG: "egg", WHEAT: "wheat", BUCKWHEAT: "buckwheat" },
    ...{ PEANUT: "peanut", SOYBEAN: "soybean", MACKEREL: "mackerel", CRAB: "crab" },
    ...{ SHRIMP: "shrimp", PORK: "pork", PEACH: "peach", TOMATO: "tomato" },
    ...{ SULPHITES: "sulphites", WALNUT: "walnut", CHICKEN: "chicken", BEEF: "beef" },
    ...{ SQUID: "squid", SHELLFISH: "shellfish", PINE_NUT: "pine nut", SESAME: "sesame" },
    ...{ TREE_NUT: "tree nuts", FISH: "fish", GLUTEN: "gluten", CELERY: "celery" },
    ...{ MUSTARD: "mustard", LUPIN: "lupin" },
};
