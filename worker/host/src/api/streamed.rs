//! Answers that go out while they are made: sealed in chunks, or as they are with the receipt in the trailer.
//!
//! A call runs by itself, so that a caller who takes its parts slowly does not stop its clock; it ends when its caller goes
//! away, as every other one does, unless it commits already. What goes out, if the worker may act at that moment, is
//! provisional: without a receipt at its end it is nothing, and a call that cannot be finished says so there, in the
//! receipt's place. What is left of an answer when its call is over counts among the answers that the worker holds.

use adyton_engine::Provisional;
use adyton_listener::Room;
use adyton_protocol::{
    call::{CHUNKED_ANSWER, ERROR_CONTENT_FIELD, ERROR_FIELD, Fields, RECEIPT_FIELD},
    streamed,
};
use axum::{
    BoxError,
    body::{Body, BodyDataStream, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{Taken, public_response, with_head};
use crate::{
    error::Refusal,
    road::{
        answer::Answer,
        chunked::ChunkedReply,
        parts::{Differs, Parts, Shown, parts},
    },
};

/// The most bytes of a trailer that is not sealed: gateways and clients take no more than 16 KiB of one.
const MAX_PLAIN_TRAILER: usize = 12 * 1024;
/// The most bytes of a refusal's content in a trailer.
const MAX_ERROR_CONTENT: usize = 8 * 1024;
/// Said in the place of a receipt that does not fit into a trailer: the answer may be asked for again, with it.
const DROPPED: &str = "answer-dropped";

/// A call under way, until this is dropped.
pub struct UnderWay {
    pieces: mpsc::Receiver<Provisional>,
    shown: Shown,
    call: JoinSet<Result<Taken, Refusal>>,
    may: Box<dyn Fn() -> Result<(), Refusal> + Send>,
}

/// What comes of a call: parts, then its end.
enum Event {
    Part(Provisional),
    /// The whole answer, and how much of its content was shown, if its head was.
    Answer(Answer, Option<usize>),
    /// What the worker answers itself.
    Reserved(Vec<u8>),
    Refused(Refusal),
}

impl UnderWay {
    /// Begins what `run` makes of the call, which gives parts of the response. Each goes out if `may` allows it then.
    pub fn begin<F>(may: impl Fn() -> Result<(), Refusal> + Send + 'static, run: impl FnOnce(Parts) -> F) -> Self
    where
        F: Future<Output = Result<Taken, Refusal>> + Send + 'static,
    {
        let (parts, pieces, shown) = parts();
        let mut call = JoinSet::new();
        call.spawn(run(parts));
        Self { pieces, shown, call, may: Box::new(may) }
    }

    async fn next(&mut self) -> Event {
        // There are no more when the call is over, which had the other end.
        if let Some(piece) = self.pieces.recv().await {
            return match (self.may)() {
                Ok(()) => Event::Part(piece),
                Err(refusal) => {
                    // Its caller hears that it failed.
                    self.call.abort_all();
                    Event::Refused(refusal)
                }
            };
        }
        let taken = match self.call.join_next().await {
            // It may have been over for a while: its parts were taken first.
            Some(Ok(taken)) => taken.and_then(|taken| (self.may)().map(|()| taken)),
            Some(Err(_)) | None => Err(Refusal::Worker),
        };
        match taken {
            Ok(Taken::Contract(answer)) => match self.shown.of(&answer) {
                Ok(shown) => Event::Answer(answer, shown),
                // Another run of the same request was committed in the place of this one.
                Err(Differs) => Event::Refused(Refusal::Conflict),
            },
            Ok(Taken::Reserved(body)) => Event::Reserved(body),
            Err(refusal) => Event::Refused(refusal),
        }
    }
}

/// The answer in chunks, sealed by `reply`.
pub fn sealed(reply: ChunkedReply, call: UnderWay, room: Room) -> Response {
    let form = Form::Sealed { reply, begun: false };
    let body = Flow { call, form, room: Some(room), rest: None }.body();
    ([(header::CONTENT_TYPE, CHUNKED_ANSWER)], body).into_response()
}

/// The answer as it is, with the receipt in the trailer; one of which nothing came before its end goes out whole, and so
/// does one that has neither content nor trailer (RFC 9110 §6.4.1).
pub async fn public(mut call: UnderWay, room: Room) -> Response {
    let (status, mut fields) = loop {
        match call.next().await {
            Event::Part(Provisional::Head { status: 204 | 304, .. } | Provisional::Content(_)) => {}
            Event::Part(Provisional::Head { status, fields }) => break (status, fields),
            Event::Answer(answer, _) => return public_response(answer),
            Event::Refused(refusal) => return refusal.into_response(),
            Event::Reserved(_) => return Refusal::SealRequired.into_response(),
        }
    };
    let announced = [RECEIPT_FIELD, ERROR_FIELD, ERROR_CONTENT_FIELD].join(", ");
    fields.push((b"trailer".to_vec(), announced.into()));
    let (trailer, at_the_end) = oneshot::channel();
    let flow = Flow { call, form: Form::Plain(Some(trailer)), room: Some(room), rest: None };
    let body = flow.body().with_trailers(async move { at_the_end.await.ok().map(Ok) });
    with_head(status, &fields, Body::new(body))
}

/// An answer on its way.
struct Flow {
    call: UnderWay,
    form: Form,
    /// Until the call is over.
    room: Option<Room>,
    /// What is left of the answer then.
    rest: Option<BodyDataStream>,
}

impl Flow {
    fn body(self) -> Body {
        Body::from_stream(stream::try_unfold(self, Self::next))
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, BoxError> {
        let rest = match &mut self.rest {
            Some(rest) => rest,
            None => match self.call.next().await {
                Event::Part(part) => return Ok(Some((self.form.part(part)?.into(), self))),
                end => {
                    let rest = Body::from(self.form.end(end)?);
                    let rest = self.room.take().and_then(|room| room.counted(rest));
                    // It breaks off: the same request, again, gets the answer that was stored.
                    self.rest.insert(rest.ok_or(Refusal::Overloaded)?.into_data_stream())
                }
            },
        };
        match rest.next().await {
            Some(bytes) => Ok(Some((bytes?, self))),
            None => Ok(None),
        }
    }
}

/// How an answer goes out.
enum Form {
    /// In Binary HTTP, sealed in chunks.
    Sealed {
        reply: ChunkedReply,
        /// Whether the head is out.
        begun: bool,
    },
    /// As it is, with the head already out. The trailer goes here at the end.
    Plain(Option<oneshot::Sender<HeaderMap>>),
}

impl Form {
    fn part(&mut self, part: Provisional) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::Sealed { reply, begun } => {
                *begun = true;
                reply.seal(&framed(&part))
            }
            Self::Plain(_) => match part {
                Provisional::Content(bytes) => Ok(bytes),
                Provisional::Head { .. } => Err(Refusal::Worker),
            },
        }
    }

    /// All that is left, once the call is over.
    fn end(&mut self, end: Event) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::Sealed { reply, begun } => {
                let mut out = reply.seal(&framed_end(end, *begun)?)?;
                out.extend(reply.finish()?);
                Ok(out)
            }
            Self::Plain(trailer) => {
                let (content, fields) = plain_end(end)?;
                if let Some(trailer) = trailer.take() {
                    // A caller who went away takes none.
                    let _gone = trailer.send(fields);
                }
                Ok(content)
            }
        }
    }
}

/// A part in Binary HTTP.
fn framed(part: &Provisional) -> Vec<u8> {
    match part {
        Provisional::Head { status, fields } => streamed::head(*status, fields),
        Provisional::Content(bytes) => streamed::content(bytes),
    }
}

/// What is left of a message in Binary HTTP, of which the head is out if it has `begun`.
fn framed_end(end: Event, begun: bool) -> Result<Vec<u8>, Refusal> {
    let worker = |status: u16, name: &str, value: &str, body: &[u8]| {
        let json = (b"content-type".to_vec(), b"application/json".to_vec());
        let fields: Fields = vec![(name.into(), value.into()), json];
        [streamed::head(status, &fields), streamed::content(body), streamed::end(&[])].concat()
    };
    Ok(match end {
        Event::Answer(answer, shown) => {
            let head = if shown.is_none() { streamed::head(answer.status, &answer.fields) } else { Vec::new() };
            let content = answer.content.get(shown.unwrap_or(0)..).ok_or(Refusal::Worker)?;
            let receipt = URL_SAFE_NO_PAD.encode(&answer.receipt);
            [head, streamed::content(content), streamed::end(&[(RECEIPT_FIELD, receipt.as_bytes())])].concat()
        }
        Event::Refused(refusal) if begun => {
            let content = error_content(&refusal);
            let fields = [(ERROR_FIELD, refusal.code().as_bytes()), (ERROR_CONTENT_FIELD, content.as_bytes())];
            streamed::end(&fields)
        }
        Event::Refused(refusal) => worker(refusal.status().as_u16(), ERROR_FIELD, refusal.code(), &refusal.body()),
        Event::Reserved(body) => worker(200, "adyton-answer", "worker", &body),
        Event::Part(_) => return Err(Refusal::Worker),
    })
}

/// What is left of an answer whose head is out: content, and trailer.
fn plain_end(end: Event) -> Result<(Vec<u8>, HeaderMap), Refusal> {
    let (content, fields) = match end {
        Event::Answer(mut answer, shown) => {
            let content = answer.content.split_off(shown.unwrap_or(0).min(answer.content.len()));
            let receipt = URL_SAFE_NO_PAD.encode(&answer.receipt);
            let fits = receipt.len() <= MAX_PLAIN_TRAILER;
            (content, vec![if fits { (RECEIPT_FIELD, receipt) } else { (ERROR_FIELD, DROPPED.to_owned()) }])
        }
        Event::Refused(refusal) => {
            let fields = vec![(ERROR_FIELD, refusal.code().to_owned()), (ERROR_CONTENT_FIELD, error_content(&refusal))];
            (Vec::new(), fields)
        }
        Event::Reserved(_) | Event::Part(_) => return Err(Refusal::Worker),
    };
    let mut trailer = HeaderMap::new();
    for (name, value) in fields {
        trailer.insert(name, HeaderValue::try_from(value).map_err(|_| Refusal::Worker)?);
    }
    Ok((content, trailer))
}

/// What the content of a refusal would be, for a trailer; nothing where a contract says too much.
fn error_content(refusal: &Refusal) -> String {
    let body = refusal.body();
    if body.len() > MAX_ERROR_CONTENT { String::new() } else { URL_SAFE_NO_PAD.encode(body) }
}

#[cfg(test)]
mod tests;
