export const begun = new Date();
export default () => new Response(begun.toISOString());
