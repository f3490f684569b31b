// The names of allergens, in the order of the contract: for who chooses, and for who says what is in an item.
import type { Allergen_ValueJson } from "../gen/kiosk/v1/menu_pb.ts";

export type AllergenName = Exclude<Allergen_ValueJson, "UNSPECIFIED">;

export const allergens: Readonly<Record<AllergenName, string>> = {
    ...{ MILK: "우유", EGG: "알류", WHEAT: "밀", BUCKWHEAT: "메밀" },
    ...{ PEANUT: "땅콩", SOYBEAN: "대두", MACKEREL: "고등어", CRAB: "게", SHRIMP: "새우" },
    ...{ PORK: "돼지고기", PEACH: "복숭아", TOMATO: "토마토", SULPHITES: "아황산류" },
    ...{ WALNUT: "호두", CHICKEN: "닭고기", BEEF: "쇠고기", SQUID: "오징어" },
    ...{ SHELLFISH: "조개류", PINE_NUT: "잣", SESAME: "참깨", TREE_NUT: "견과류" },
    ...{ FISH: "생선", GLUTEN: "글루텐", CELERY: "셀러리", MUSTARD: "겨자", LUPIN: "루핀" },
};
