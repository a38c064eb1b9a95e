//! Answers how many bytes the request's content has.
//!
//! Nothing of Adyton is in it: it is a component of `wasi:http/proxy`, and runs wherever these do, in `wasmtime serve`
//! for one.

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "wasi:http/proxy@0.2.12", generate_all });
}

use bindings::{
    exports::wasi::http::incoming_handler::Guest,
    wasi::{
        http::types::{ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam},
        io::streams::StreamError,
    },
};

struct Count;

impl Guest for Count {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        match length(&request) {
            Ok(length) => answer(out, &length.to_string()),
            Err(error) => ResponseOutparam::set(out, Err(error)),
        }
    }
}

fn length(request: &IncomingRequest) -> Result<usize, ErrorCode> {
    let failed = |what: &str| ErrorCode::InternalError(Some(what.to_owned()));
    let body = request.consume().map_err(|()| failed("the content is gone"))?;
    let stream = body.stream().map_err(|()| failed("the stream is gone"))?;
    let mut length = 0;
    loop {
        match stream.blocking_read(65_536) {
            Ok(bytes) => length += bytes.len(),
            Err(StreamError::Closed) => return Ok(length),
            Err(StreamError::LastOperationFailed(error)) => return Err(failed(&error.to_debug_string())),
        }
    }
}

fn answer(out: ResponseOutparam, text: &str) {
    let fields = Fields::from_list(&[("content-type".to_owned(), b"text/plain".to_vec())]).expect("a field");
    let response = OutgoingResponse::new(fields);
    let body = response.body().expect("a body is taken once");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("a stream is taken once");
    stream.blocking_write_and_flush(text.as_bytes()).expect("a few bytes");
    drop(stream);
    OutgoingBody::finish(body, None).expect("it is whole");
}

bindings::export!(Count with_types_in bindings);
