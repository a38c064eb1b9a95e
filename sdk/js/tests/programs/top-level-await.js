const answer = await Promise.resolve("hello");
export default () => new Response(answer);
