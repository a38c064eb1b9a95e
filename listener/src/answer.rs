//! Answers that are taken: the large ones count as contents do, until their peers have them.
//!
//! An answer is often made whole, and its peer takes it as slowly as [`crate::RATE`] permits. hyper holds what it was
//! given until it is sent, and asks for nothing while it cannot send. So it gets pieces, each a copy, and what was made
//! stays here, where it can be dropped at any time.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, HttpBody},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hyper::{
    StatusCode,
    body::{Frame, SizeHint},
    header,
};

use crate::{
    contents::{Contents, Held},
    pace::ContentError,
};

/// The most bytes that hyper gets at once. The number of connections bounds answers that are no larger.
const PIECE: usize = 64 * 1024;

/// What is said in the place of an answer that finds no room. It is no refusal: what was asked for is done. So nothing
/// says that it may be asked for again as if it were not.
const NO_ROOM: &str = r#"{"code":"answer-dropped","message":"there was no room for this answer; a call may have run: ask again with the same request id, or look whether it did"}"#;

/// What was made and not yet given to hyper; none where it had to give way.
type Unsent = Mutex<Option<(Body, Bytes)>>;

/// An answer of a known size.
struct Answer {
    unsent: Arc<Unsent>,
    left: u64,
    held: Held,
}

/// The room of one request, for an answer that goes on to be made while it is taken: an extension of every request. As
/// long as it is there, the request's content counts.
#[derive(Clone)]
pub struct Room {
    contents: Arc<Contents>,
    content: Arc<Held>,
}

impl Room {
    pub(crate) fn new(contents: &Arc<Contents>, content: &Arc<Held>) -> Self {
        Self { contents: contents.clone(), content: content.clone() }
    }

    /// What is left of the answer, now that all of it is made: counted as a whole answer is. None if it has no room.
    pub fn counted(self, rest: Body) -> Option<Body> {
        let Self { contents, content } = self;
        // The request is answered.
        drop(content);
        counted_body(rest, &contents)
    }
}

/// `answer`, whose content counts among `contents` if it is large. Where it has no room, a status 503 takes its place;
/// where it has to give way later, its head is on its way, and it ends before its end.
pub fn counted(answer: Response, contents: &Arc<Contents>) -> Response {
    let (parts, body) = answer.into_parts();
    match counted_body(body, contents) {
        Some(body) => Response::from_parts(parts, body),
        None => no_room(),
    }
}

fn counted_body(body: Body, contents: &Arc<Contents>) -> Option<Body> {
    let Some(left) = body.size_hint().exact().filter(|bytes| *bytes > PIECE as u64) else { return Some(body) };
    let held = contents.begin();
    let unsent = Arc::new(Mutex::new(Some((body, Bytes::new()))));
    let gone = unsent.clone();
    held.when_gone(move || drop(lock(&gone).take()));
    held.take(usize::try_from(left).unwrap_or(usize::MAX)).then(|| Body::new(Answer { unsent, left, held }))
}

fn no_room() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "application/json")], NO_ROOM).into_response()
}

fn lock(unsent: &Unsent) -> MutexGuard<'_, Option<(Body, Bytes)>> {
    unsent.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.get_mut();
        let no_room = || Poll::Ready(Some(Err(ContentError::NoRoom.into())));
        if this.held.is_gone(context.waker()) {
            return no_room();
        }
        let mut unsent = lock(&this.unsent);
        let Some((body, made)) = unsent.as_mut() else { return no_room() };
        while made.is_empty() {
            match ready!(Pin::new(&mut *body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => *made = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
        let piece = made.split_to(made.len().min(PIECE));
        this.left = this.left.saturating_sub(piece.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(Bytes::copy_from_slice(&piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    const LARGE: usize = 10 * PIECE + 1;

    fn made(bytes: usize) -> Response {
        Response::new(Body::from((0..bytes).map(|number| number as u8).collect::<Vec<_>>()))
    }

    async fn arrives(answer: Response) -> Result<Bytes, axum::Error> {
        to_bytes(answer.into_body(), usize::MAX).await
    }

    #[tokio::test]
    async fn an_answer_arrives_as_it_was_made_and_gives_its_room_back() {
        let contents = Contents::new(LARGE);
        for bytes in [0, PIECE, PIECE + 1, LARGE, LARGE] {
            let answer = counted(made(bytes), &contents);
            assert_eq!(answer.body().size_hint().exact(), Some(bytes as u64));
            assert_eq!(arrives(answer).await.unwrap(), arrives(made(bytes)).await.unwrap(), "{bytes}");
        }
        assert!(contents.begin().take(LARGE));
    }

    #[tokio::test]
    async fn an_answer_without_room_is_a_status_and_a_small_one_needs_none() {
        let contents = Contents::new(LARGE);
        let held = contents.begin();
        assert!(held.take(LARGE));
        let bytes = Bytes::from(vec![0; LARGE]);
        let answer = counted(Response::new(Body::from(bytes.clone())), &contents);
        assert!(bytes.is_unique(), "nothing of it is kept");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!answer.headers().contains_key(header::RETRY_AFTER), "a call may have run");
        let said = String::from_utf8(arrives(answer).await.unwrap().into()).unwrap();
        assert!(said.starts_with(r#"{"code":"answer-dropped","message":""#) && said.ends_with(r#""}"#), "{said}");
        assert_eq!(arrives(counted(made(PIECE), &contents)).await.unwrap().len(), PIECE);
        drop(held);
        assert_eq!(counted(made(LARGE), &contents).status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn what_is_left_of_an_answer_counts_as_a_whole_one_and_the_request_no_more() {
        let contents = Contents::new(LARGE);
        let request = Arc::new(contents.begin());
        assert!(request.take(1));
        request.whole();
        let room = || Room::new(&contents, &request);
        assert!(room().counted(made(LARGE).into_body()).is_none(), "the request's content is there still");
        assert_eq!(to_bytes(room().counted(made(PIECE).into_body()).unwrap(), LARGE).await.unwrap().len(), PIECE);
        let room = room();
        drop(request);
        let rest = room.counted(made(LARGE).into_body()).expect("the request gave back what it had");
        assert!(!contents.begin().take(LARGE));
        assert_eq!(to_bytes(rest, LARGE).await.unwrap().len(), LARGE);
        assert!(contents.begin().take(LARGE));
    }

    #[tokio::test]
    async fn an_answer_that_gives_way_is_dropped_though_nobody_asks_for_more_of_it() {
        let contents = Contents::new(LARGE);
        let bytes = Bytes::from(vec![0; LARGE]);
        let answer = counted(Response::new(Body::from(bytes.clone())), &contents);
        assert!(!bytes.is_unique());
        let small = contents.begin();
        assert!(small.take(1));
        assert!(bytes.is_unique(), "nobody else has it any more");
        let error = arrives(answer).await.unwrap_err();
        assert!(matches!(ContentError::of(&error), Some(ContentError::NoRoom)), "{error}");
    }
}
