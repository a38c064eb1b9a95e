//! `reply`: the answer's beginning, while the call still runs.
//!
//! What the contract begins and writes stays with the call, so that its answer is whole in the end, whoever looked. The
//! host is given each part as well, and may let the call wait.

use adyton_protocol::manifest::Limits;
use wasmtime::{StoreContextMut, component::Linker};

use super::{Reply, interface};
use crate::{
    bindings::{
        exports::phat::contract::service,
        phat::contract::types::{Error, Field},
    },
    call::{CallState, charge_bytes},
    costs,
    host::Provisional,
    message::{InvalidResponse, Response},
};

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut reply = linker.instance(&interface("reply"))?;
    type Begin = (u16, Vec<Field>);
    reply.func_wrap_async("begin", |store, (status, headers): Begin| Box::new(begin(store, status, headers)))?;
    reply.func_wrap_async("write", |store, (content,): (Vec<u8>,)| Box::new(write(store, content)))
}

async fn begin(mut store: StoreContextMut<'_, CallState>, status: u16, headers: Vec<Field>) -> Reply<()> {
    let bytes = headers.iter().map(|field| field.name.len() + field.value.len()).sum();
    charge_bytes(&mut store, costs::REPLY_BEGIN, bytes).await?;
    let call = store.data_mut();
    let head = match call.reply.begin(status, &headers) {
        Ok(Response { status, fields, .. }) => Provisional::Head { status, fields },
        Err(error) => return Ok((Err(error),)),
    };
    call.host.provisional(head).await?;
    Ok((Ok(()),))
}

async fn write(mut store: StoreContextMut<'_, CallState>, content: Vec<u8>) -> Reply<()> {
    charge_bytes(&mut store, costs::REPLY_WRITE, content.len()).await?;
    let call = store.data_mut();
    if let Err(error) = call.reply.write(content.clone(), &call.contract.limits) {
        return Ok((Err(error),));
    }
    if !content.is_empty() {
        call.host.provisional(Provisional::Content(content)).await?;
    }
    Ok((Ok(()),))
}

/// A call's answer, as far as it was begun.
#[derive(Debug, Default)]
pub(crate) enum Draft {
    /// There is none to begin.
    #[default]
    Nothing,
    /// It was not begun yet.
    Blank,
    /// With what was written.
    Begun(Response),
}

impl Draft {
    /// The answer without content, if it may begin so.
    fn begin(&mut self, status: u16, headers: &[Field]) -> Result<Response, Error> {
        match self {
            Self::Nothing => return Err(Error::Denied("this call has no answer to begin here".into())),
            Self::Begun(_) => return Err(Error::Invalid("the answer was begun before".into())),
            Self::Blank => {}
        }
        let head = Response::head(status, headers).map_err(refusal)?;
        *self = Self::Begun(head.clone());
        Ok(head)
    }

    fn write(&mut self, content: Vec<u8>, limits: &Limits) -> Result<(), Error> {
        match self {
            Self::Begun(response) => response.extend(content, limits).map_err(refusal),
            Self::Nothing | Self::Blank => Err(Error::Invalid("the answer was not begun".into())),
        }
    }

    /// The bytes of it that are paid for.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Begun(response) => response.size(),
            Self::Nothing | Self::Blank => 0,
        }
    }

    /// The whole answer, which ends with what `service.handle` returned.
    pub(crate) fn end(self, returned: service::Response, limits: &Limits) -> Result<Response, InvalidResponse> {
        let Self::Begun(mut response) = self else { return Response::from_guest(returned, limits) };
        if returned.status != response.status || !returned.headers.is_empty() {
            let reason = "an answer that was begun ends with the status that it began with, and no header fields";
            return Err(InvalidResponse::Malformed(reason.into()));
        }
        response.extend(returned.body, limits)?;
        Ok(response)
    }
}

fn refusal(invalid: InvalidResponse) -> Error {
    match invalid {
        InvalidResponse::Exceeded(limit) => Error::Limit(format!("the answer exceeds its limit of {}", limit.name())),
        InvalidResponse::Malformed(reason) => Error::Invalid(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Limit;

    const LIMITS: fn() -> Limits = || Limits { response: 8, ..Limits::default() };

    fn field(name: &str, value: &str) -> Field {
        Field { name: name.into(), value: value.into() }
    }

    fn returned(status: u16, headers: Vec<Field>, body: &[u8]) -> service::Response {
        service::Response { status, headers, body: body.to_vec() }
    }

    fn begun() -> Draft {
        let mut draft = Draft::Blank;
        draft.begin(201, &[field("Vary", "x")]).expect("it begins");
        draft
    }

    #[test]
    fn an_answer_is_what_was_begun_and_written_and_returned() {
        let mut draft = begun();
        draft.write(b"one ".to_vec(), &LIMITS()).expect("it goes on");
        assert_eq!(draft.size(), "vary".len() + "x".len() + "one ".len());
        let whole = draft.end(returned(201, vec![], b"two"), &LIMITS()).expect("an answer");
        assert_eq!((whole.status, whole.body.as_slice()), (201, &b"one two"[..]));
        assert_eq!(whole.fields, [(b"vary".to_vec(), b"x".to_vec())]);
    }

    #[test]
    fn an_answer_that_was_not_begun_is_what_was_returned() {
        for draft in [Draft::Blank, Draft::Nothing] {
            assert_eq!(draft.size(), 0);
            let whole = draft.end(returned(404, vec![field("a", "b")], b"all"), &LIMITS()).expect("an answer");
            assert_eq!((whole.status, whole.fields.len(), whole.body.as_slice()), (404, 1, &b"all"[..]));
        }
    }

    #[test]
    fn an_answer_begins_once() {
        assert!(matches!(begun().begin(201, &[]), Err(Error::Invalid(_))));
    }

    #[test]
    fn where_there_is_no_answer_none_begins() {
        assert!(matches!(Draft::Nothing.begin(200, &[]), Err(Error::Denied(_))));
    }

    #[test]
    fn nothing_is_written_to_an_answer_that_was_not_begun() {
        assert!(matches!(Draft::Blank.write(b"x".to_vec(), &LIMITS()), Err(Error::Invalid(_))));
        assert!(matches!(Draft::Nothing.write(b"x".to_vec(), &LIMITS()), Err(Error::Invalid(_))));
    }

    #[test]
    fn an_answer_that_no_contract_may_give_does_not_begin() {
        let bad = [
            (199, vec![]),
            (600, vec![]),
            (200, vec![field("a b", "c")]),
            (200, vec![field("a", "b\r\nc: d")]),
            (200, vec![field("adyton-receipt", "x")]),
            (200, vec![field("Transfer-Encoding", "chunked")]),
            (200, vec![field("content-length", "1")]),
            (200, vec![field("a", "b"); 65]),
        ];
        for (status, headers) in bad {
            let mut draft = Draft::Blank;
            assert!(matches!(draft.begin(status, &headers), Err(Error::Invalid(_))), "{status} {headers:?}");
            assert!(matches!(draft, Draft::Blank), "it may begin better");
        }
    }

    #[test]
    fn writing_beyond_the_limit_of_a_response_writes_nothing() {
        let mut draft = begun();
        draft.write(b"12345".to_vec(), &LIMITS()).expect("within the limit");
        assert!(matches!(draft.write(b"6789".to_vec(), &LIMITS()), Err(Error::Limit(_))));
        draft.write(b"678".to_vec(), &LIMITS()).expect("what fits still fits");
        let whole = draft.end(returned(201, vec![], b""), &LIMITS()).expect("an answer");
        assert_eq!(whole.body, b"12345678");
    }

    #[test]
    fn an_answer_that_ends_beyond_the_limit_is_none() {
        let mut draft = begun();
        draft.write(b"12345678".to_vec(), &LIMITS()).expect("within the limit");
        let ended = draft.end(returned(201, vec![], b"9"), &LIMITS());
        assert_eq!(ended, Err(InvalidResponse::Exceeded(Limit::Response)));
    }

    #[test]
    fn an_answer_that_ends_as_another_one_than_began_is_none() {
        for (status, headers) in [(200, vec![]), (0, vec![]), (201, vec![field("vary", "x")])] {
            let ended = begun().end(returned(status, headers, b""), &LIMITS());
            assert!(matches!(ended, Err(InvalidResponse::Malformed(_))), "{status}");
        }
    }
}
