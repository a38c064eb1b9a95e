//! Answers, checked one by one and joined: pure.

use adyton_protocol::key_label::Purpose;
use adyton_threshold::{
    CheckedPartial, ContractSecret, GroupPublic, ThresholdError,
    release::{RecipientSecret, ReleaseBinding},
};

use crate::{ContractSecrets, KeysError};

/// Keyholders' answers to one request, as far as they are in. Holds only partials that were checked.
pub struct Gathering {
    group: GroupPublic,
    answers: Vec<Answer>,
}

/// One member's checked partials, one for each purpose.
struct Answer {
    member: u32,
    state: CheckedPartial,
    secrets: CheckedPartial,
    signing: CheckedPartial,
}

impl Gathering {
    /// Begins with the committee's commitments as the chain proves them.
    pub fn new(group: GroupPublic) -> Self {
        Self { group, answers: Vec::new() }
    }

    /// How many members' answers are in.
    pub fn have(&self) -> usize {
        self.answers.len()
    }

    /// How many it takes.
    pub fn need(&self) -> usize {
        self.group.threshold() as usize
    }

    /// Opens one keyholder's answer and checks each partial in it. A second answer of one member is refused.
    pub fn add(&mut self, binding: &ReleaseBinding, secret: &RecipientSecret, answer: &[u8]) -> Result<(), KeysError> {
        let [state, secrets, signing]: [_; 3] =
            binding.open(secret, answer)?.try_into().map_err(|_| KeysError::OtherPurposes)?;
        let mut members = [0; 3];
        let mut check = |place: usize, (purpose, partial): (Purpose, adyton_threshold::PartialEvaluation)| {
            if purpose != Purpose::ALL[place] {
                return Err(KeysError::OtherPurposes);
            }
            members[place] = partial.member();
            Ok(self.group.check_partial(&binding.label(purpose), partial)?)
        };
        let (state, secrets, signing) = (check(0, state)?, check(1, secrets)?, check(2, signing)?);
        let member = members[0];
        if members != [member; 3] {
            return Err(ThresholdError::WrongPartial { member }.into());
        }
        if self.answers.iter().any(|earlier| earlier.member == member) {
            return Err(ThresholdError::RepeatedMember { member }.into());
        }
        self.answers.push(Answer { member, state, secrets, signing });
        Ok(())
    }

    /// Joins the answers into the contract's secrets. `binding` is any of those that the answers were opened
    /// with.
    pub fn finish(self, binding: &ReleaseBinding) -> Result<ContractSecrets, KeysError> {
        let (mut state, mut secrets, mut signing) = (Vec::new(), Vec::new(), Vec::new());
        for answer in self.answers {
            state.push(answer.state);
            secrets.push(answer.secrets);
            signing.push(answer.signing);
        }
        let join = |purpose, partials: &[CheckedPartial]| -> Result<ContractSecret, ThresholdError> {
            Ok(self.group.combine(&binding.label(purpose), partials)?.contract_secret())
        };
        Ok(ContractSecrets {
            network: binding.network,
            contract: binding.contract,
            epoch: binding.epoch,
            state: join(Purpose::State, &state)?,
            secrets: join(Purpose::Secrets, &secrets)?,
            signing: join(Purpose::Signing, &signing)?,
        })
    }
}
