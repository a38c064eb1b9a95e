//! The Rust shapes of `wit/deps/`, generated. What defines them for a component is in the files beside: generated
//! definitions could not charge fuel.
#![allow(missing_docs, dead_code, clippy::all)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "wasi:http/proxy@0.2.12",
    imports: { default: trappable },
    exports: { default: async },
    with: {
        "wasi:io/error.error": crate::wasi::streams::IoError,
        "wasi:io/poll.pollable": crate::wasi::poll::Pollable,
        "wasi:io/streams.input-stream": crate::wasi::streams::InputStream,
        "wasi:io/streams.output-stream": crate::wasi::streams::OutputStream,
        "wasi:http/types.fields": crate::wasi::fields::Fields,
        "wasi:http/types.incoming-request": crate::wasi::incoming::IncomingRequest,
        "wasi:http/types.incoming-response": crate::wasi::incoming::IncomingResponse,
        "wasi:http/types.incoming-body": crate::wasi::incoming::IncomingBody,
        "wasi:http/types.future-trailers": crate::wasi::incoming::FutureTrailers,
        "wasi:http/types.outgoing-request": crate::wasi::outgoing::OutgoingRequest,
        "wasi:http/types.outgoing-response": crate::wasi::outgoing::OutgoingResponse,
        "wasi:http/types.outgoing-body": crate::wasi::outgoing::OutgoingBody,
        "wasi:http/types.request-options": crate::wasi::outgoing::RequestOptions,
        "wasi:http/types.response-outparam": crate::wasi::outgoing::ResponseOutparam,
        "wasi:http/types.future-incoming-response": crate::wasi::exchange::FutureResponse,
    },
});
