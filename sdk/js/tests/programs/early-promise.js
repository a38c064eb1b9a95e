let prepared = "no";
Promise.resolve("yes").then((value) => {
  prepared = value;
});
export default () => new Response(prepared);
