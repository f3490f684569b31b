import type { AllergenName } from "../../text/allergens.ko.ts";

/** In the order of the contract: what Korea's labelling law names, then what others' do. */
export const ALLERGENS: readonly AllergenName[] = [
    ...(["MILK", "EGG", "WHEAT", "BUCKWHEAT", "PEANUT", "SOYBEAN", "MACKEREL", "CRAB"] as const),
    ...(["SHRIMP", "PORK", "PEACH", "TOMATO", "SULPHITES", "WALNUT", "CHICKEN", "BEEF"] as const),
    ...(["SQUID", "SHELLFISH", "PINE_NUT", "SESAME", "TREE_NUT", "FISH", "GLUTEN"] as const),
    ...(["CELERY", "MUSTARD", "LUPIN"] as const),
];
