export const token = Math.random();
export default () => new Response(String(token));
