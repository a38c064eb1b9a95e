export const found = "imported while it ran";
