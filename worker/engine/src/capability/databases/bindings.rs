//! The Rust shapes of Spin's interfaces in `wit/deps/`, generated. What defines them for a component is in the files
//! beside: generated definitions could not charge fuel.
#![allow(missing_docs, dead_code, clippy::all)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package adyton:databases;

        world databases {
            import spin:postgres/postgres@3.0.0;
            import fermyon:spin/mysql@2.0.0;
            import fermyon:spin/redis@2.0.0;
        }
    ",
    world: "adyton:databases/databases",
    imports: { default: trappable },
    with: {
        "spin:postgres/postgres.connection": crate::capability::databases::postgres::Connection,
        "fermyon:spin/mysql.connection": crate::capability::databases::mysql::Connection,
        "fermyon:spin/redis.connection": crate::capability::databases::redis::Connection,
    },
});
