//! An answer as it comes out of a seal in chunks.

use adyton_protocol::{
    call::{ERROR_FIELD, Fields},
    streamed::{Part, Reader},
};

use super::{Opened, bounded, malformed};
use crate::Error;

/// A part of an answer that is not all there, and that **nothing vouches for**: there is no receipt yet. The worker sent it,
/// but the call may still fail, and then it is void: nothing that it tells need have happened. Only
/// [`VerifiedAnswer`](crate::VerifiedAnswer) is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provisional {
    /// The answer's beginning.
    Head {
        /// The status code.
        status: u16,
        /// Header fields in order; names are lower-case.
        fields: Fields,
    },
    /// The next bytes of its content.
    Content(Vec<u8>),
}

/// An answer on its way.
#[derive(Default)]
pub(crate) struct Incoming {
    reader: Reader,
    head: Option<(u16, Fields)>,
    /// Whether it is the worker that answers, and not the contract.
    refused: bool,
    content: Vec<u8>,
    trailer: Option<Fields>,
}

impl Incoming {
    /// What may be shown of these next bytes. After an error nothing more may be read.
    pub(crate) fn read(&mut self, plain: &[u8]) -> Result<Vec<Provisional>, Error> {
        let mut shown = Vec::new();
        for part in self.reader.read(plain).map_err(|refusal| malformed(&refusal.to_string()))? {
            match part {
                Part::Head(status, fields) => {
                    self.refused = fields.iter().any(|(name, _)| name == ERROR_FIELD.as_bytes());
                    if !self.refused {
                        shown.push(Provisional::Head { status, fields: bounded(fields.clone())? });
                    }
                    self.head = Some((status, fields));
                }
                Part::Content(bytes) => {
                    self.content.extend_from_slice(&bytes);
                    if !self.refused {
                        shown.push(Provisional::Content(bytes));
                    }
                }
                Part::End(trailer) => self.trailer = Some(trailer),
            }
        }
        Ok(shown)
    }

    /// The whole message, when there is nothing more to come.
    pub(crate) fn finish(self) -> Result<Opened, Error> {
        let (Some(head), Some(trailer)) = (self.head, self.trailer) else { return Err(Error::BrokenOff) };
        Opened::of(head, self.content, &trailer, false)
    }
}
