async function prepare() {
  throw new Error("prepared badly");
}
prepare();
export default () => new Response("");
