//! Every call that this client makes, with the places that the runtime gives to pallet and call.
//!
//! These numbers never change in place; a test of the runtime compares each encoding with the vectors in
//! `specs/vectors/calls.json`, which a test of this crate writes.

use adyton_protocol::{
    device::DeviceId,
    ids::{AccountId, CodeHash, ContractId, Digest, WorkerId},
    policy::ContractPolicy,
    record::{Anchor, CommitteeRecord, EvidenceKind, MachineClass, MachineId, Opening, Party, Provider},
    statement::{AttestedStatement, Role},
};
use codec::{Decode, DecodeLimit, Encode, Input, Output};

pub use adyton_protocol::record::CollateralRef;

pub use beacon::*;
pub use disputes::*;
pub use economy::*;
pub use governance::*;
pub use multisig::*;
pub use rewards::*;
pub use usage::*;

mod beacon;
mod disputes;
mod economy;
mod governance;
mod multisig;
mod rewards;
mod usage;

/// How deep calls may stand in one another in bytes that are read.
const MAX_DEPTH: u32 = 8;

/// What is asked of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// Of polkadot-sdk's foundation.
    #[codec(index = 0)]
    System(System),
    /// Moves PHA.
    #[codec(index = 5)]
    Balances(Balances),
    /// Several calls at once.
    #[codec(index = 7)]
    Utility(Utility),
    /// Accounts of several.
    #[codec(index = 8)]
    Multisig(Multisig),
    /// What the network accepts as evidence.
    #[codec(index = 10)]
    Attestation(Attestation),
    /// Workers and keyholders.
    #[codec(index = 11)]
    Workers(Workers),
    /// Code, deployments, leases, anchors, reports.
    #[codec(index = 12)]
    Contracts(Contracts),
    /// The keyholders' committee, and releases.
    #[codec(index = 13)]
    Keys(Keys),
    /// GPUs and switches.
    #[codec(index = 14)]
    Devices(Devices),
    /// Messages to contracts.
    #[codec(index = 15)]
    Messages(Messages),
    /// The bytes of proposals.
    #[codec(index = 20)]
    Preimage(Preimage),
    /// Proposals.
    #[codec(index = 22)]
    Referenda(Referenda),
    /// Votes.
    #[codec(index = 23)]
    ConvictionVoting(ConvictionVoting),
    /// How long decisions take.
    #[codec(index = 24)]
    Governance(Governance),
    /// What the network itself has.
    #[codec(index = 25)]
    Treasury(Treasury),
    /// The random beacon.
    #[codec(index = 30)]
    Beacon(Beacon),
    /// Stake pools and vaults.
    #[codec(index = 31)]
    Pools(Pools),
    /// Who works for a reward.
    #[codec(index = 32)]
    Rewards(Rewards),
    /// What offences cost.
    #[codec(index = 33)]
    Slashing(Slashing),
    /// Gas.
    #[codec(index = 34)]
    Usage(Usage),
    /// Disputed results.
    #[codec(index = 35)]
    Disputes(Disputes),
    /// The keys with which validators serve.
    #[codec(index = 40)]
    Session(Session),
    /// Who makes and finalizes blocks.
    #[codec(index = 43)]
    Validators(Validators),
}

impl Call {
    /// As it stands in an extrinsic.
    pub fn encoded(&self) -> Vec<u8> {
        self.encode()
    }

    /// What `bytes` ask for; none, if this version does not know the call, or would write it otherwise.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let call = Self::decode_all_with_depth_limit(MAX_DEPTH, &mut &bytes[..]).ok()?;
        (call.encode() == bytes).then_some(call)
    }

    /// `calls` in this order, all or none.
    pub fn all(calls: Vec<Call>) -> Self {
        Self::Utility(Utility::BatchAll(calls))
    }
}

/// An account as a call names it: `MultiAddress::Id`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Address {
    /// By its public key.
    #[codec(index = 0)]
    Id(AccountId),
}

/// Of polkadot-sdk's `pallet-balances`. Amounts are in units of 10^-12 PHA.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Balances {
    /// Moves an amount; the sender's account stays.
    #[codec(index = 3)]
    TransferKeepAlive {
        /// To whom.
        to: Address,
        /// How much.
        #[codec(compact)]
        amount: u128,
    },
    /// Moves everything.
    #[codec(index = 4)]
    TransferAll {
        /// To whom.
        to: Address,
        /// Whether the sender's account stays, with the least that keeps it.
        keep_alive: bool,
    },
}

/// Of polkadot-sdk's `pallet-utility`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Utility {
    /// All calls, or none.
    #[codec(index = 2)]
    BatchAll(Vec<Call>),
}

/// Something accepted of which a change may be pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Accepted {
    /// A root of trust.
    #[codec(index = 0)]
    Root {
        /// For which evidence.
        kind: EvidenceKind,
        /// Its identity.
        root: Digest,
    },
    /// A measurement.
    #[codec(index = 1)]
    Measurement(Digest),
    /// The policy for platforms of a kind.
    #[codec(index = 2)]
    Policy(EvidenceKind),
}

/// A policy for the platforms of a kind of evidence: the kind's byte, then the policy's own encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformPolicy {
    /// For which evidence.
    pub kind: EvidenceKind,
    /// SCALE encoding of the verifier's policy for that kind: of Intel's, `IntelPolicy`; of AMD's, `SnpPolicy`; of
    /// AWS's, `NitroPolicy`. The chain refuses what does not decode.
    pub policy: Vec<u8>,
}

impl Encode for PlatformPolicy {
    fn encode_to<O: Output + ?Sized>(&self, out: &mut O) {
        self.kind.encode_to(out);
        out.write(&self.policy);
    }
}

/// The policy's length is its own affair: it is taken to go to the end of what is read.
impl Decode for PlatformPolicy {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        Ok(Self { kind: EvidenceKind::decode(input)?, policy: rest(input)? })
    }
}

/// All bytes that are left.
fn rest<I: Input>(input: &mut I) -> Result<Vec<u8>, codec::Error> {
    let length = input.remaining_len()?.ok_or("the end is not known")?;
    let mut bytes = vec![0; length];
    input.read(&mut bytes)?;
    Ok(bytes)
}

/// Of `adyton-pallet-attestation`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Attestation {
    /// Stores newer collateral.
    #[codec(index = 0)]
    SubmitCollateral {
        /// For which evidence.
        kind: EvidenceKind,
        /// Under which accepted root.
        root: Digest,
        /// SCALE encoding of Intel's raw collateral; AMD's revocation list, DER.
        collateral: Vec<u8>,
    },
    /// Accepts a root of trust, after the delay.
    #[codec(index = 1)]
    AddRoot {
        /// For which evidence.
        kind: EvidenceKind,
        /// Its certificate, DER; of AMD's, those of root, chip authority and provider authority, each with its length
        /// (`u32`, little-endian) before it.
        certificate: Vec<u8>,
        /// Whether it stands for no hardware.
        development: bool,
    },
    /// Accepts a root no longer.
    #[codec(index = 2)]
    RemoveRoot {
        /// For which evidence.
        kind: EvidenceKind,
        /// Its identity.
        root: Digest,
    },
    /// Accepts a measurement, after the delay.
    #[codec(index = 3)]
    AcceptMeasurement {
        /// The measurement.
        measurement: Digest,
        /// For what.
        role: Role,
        /// The configuration profile that it has to run with.
        profile: Digest,
        /// The release it is.
        release: Vec<u8>,
    },
    /// Accepts a measurement no longer.
    #[codec(index = 4)]
    RevokeMeasurement(Digest),
    /// Raises the lowest accepted generation of collateral.
    #[codec(index = 5)]
    RaiseFloor {
        /// Of which evidence.
        kind: EvidenceKind,
        /// Under which root.
        root: Digest,
        /// To what.
        evaluation: u32,
    },
    /// Denies a machine; or ends that, after the delay.
    #[codec(index = 6)]
    SetMachineDenied {
        /// The machine.
        machine: MachineId,
        /// Whether it is denied.
        denied: bool,
    },
    /// Denies an operator; or ends that, after the delay.
    #[codec(index = 7)]
    SetOperatorDenied {
        /// The operator.
        operator: AccountId,
        /// Whether they are denied.
        denied: bool,
    },
    /// Freezes registrations; or ends that, after the delay.
    #[codec(index = 8)]
    SetFrozen(bool),
    /// Sets how many workers a machine may have; more than now, after the delay.
    #[codec(index = 9)]
    SetCapacity {
        /// The machine.
        machine: MachineId,
        /// How many; none: as its class.
        workers: Option<u32>,
    },
    /// Accepts a kind of evidence under a policy for its platforms, after the delay.
    #[codec(index = 10)]
    SetPolicy(PlatformPolicy),
    /// Accepts a kind of evidence no longer.
    #[codec(index = 11)]
    RemovePolicy(EvidenceKind),
    /// Forgets a change that does not hold yet.
    #[codec(index = 12)]
    Cancel(Accepted),
    /// Denies a cloud provider; or ends that, after the delay.
    #[codec(index = 13)]
    SetProviderDenied {
        /// The provider.
        provider: Provider,
        /// Whether it is denied.
        denied: bool,
    },
    /// Sets how many workers a machine of a class may have; more than now, after the delay.
    #[codec(index = 14)]
    SetClassCapacity {
        /// The class.
        class: MachineClass,
        /// How many; none: the default.
        workers: Option<u32>,
    },
    /// Lets somebody have workers on machines that nobody identifies, after the delay; or no longer.
    #[codec(index = 15)]
    SetAllowed {
        /// Who.
        party: Party,
        /// Whether they may.
        allowed: bool,
    },
    /// Ends the verdicts under a root that were judged up to now.
    #[codec(index = 16)]
    EndVerdicts {
        /// For which evidence.
        kind: EvidenceKind,
        /// Its identity.
        root: Digest,
    },
}

/// Of `adyton-pallet-workers`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Workers {
    /// Registers a worker or its next boot.
    #[codec(index = 0)]
    Register(Box<Registration>),
    /// Posts a freshness nonce and extends the leases; feeless.
    #[codec(index = 1)]
    Heartbeat {
        /// 32 random bytes.
        nonce: [u8; 32],
    },
    /// Ends a worker.
    #[codec(index = 2)]
    Retire(WorkerId),
    /// Lets a worker take leases, or no longer.
    #[codec(index = 3)]
    SetOptIn {
        /// The worker.
        worker: WorkerId,
        /// Whether it may.
        opt_in: bool,
    },
    /// Says where a worker is reached.
    #[codec(index = 4)]
    SetEndpoint {
        /// The worker.
        worker: WorkerId,
        /// Its URL.
        endpoint: Vec<u8>,
    },
}

/// What `workers.register` takes, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Registration {
    /// What the evidence vouches for.
    pub statement: AttestedStatement,
    /// What the operator calls the worker; at most 64 bytes of UTF-8.
    pub name: Vec<u8>,
    /// By which stored collateral it is judged.
    pub collateral: CollateralRef,
    /// The evidence.
    pub evidence: Vec<u8>,
    /// The worker's key over [`AttestedStatement::registration_message`].
    pub signature: [u8; 64],
    /// Where it is reached; at most 256 bytes.
    pub endpoint: Vec<u8>,
    /// Whether it may take leases.
    pub opt_in: bool,
}

/// Of `adyton-pallet-contracts`. Lists of contracts are in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Contracts {
    /// Announces a component's bytes.
    #[codec(index = 0)]
    UploadCode {
        /// Their SHA-256.
        hash: CodeHash,
        /// How many they are.
        size: u32,
    },
    /// Makes a contract.
    #[codec(index = 1)]
    Deploy {
        /// Announced code.
        code: CodeHash,
        /// SCALE encoding of the manifest; at most 16384 bytes.
        manifest: Vec<u8>,
        /// Who may lease it.
        policy: ContractPolicy,
        /// Tells this owner's contracts apart (see [`ContractId::derive`]).
        salt: [u8; 32],
    },
    /// Takes a free lease; feeless.
    #[codec(index = 2)]
    ClaimLease(ContractId),
    /// Gives leases back; feeless. At most 64.
    #[codec(index = 3)]
    ReleaseLeases(Vec<ContractId>),
    /// Says with which heads stores are open; feeless. At most 64.
    #[codec(index = 4)]
    Open(Vec<Opening>),
    /// Moves heads forward; feeless. At most 64.
    #[codec(index = 5)]
    Anchor {
        /// The heads.
        anchors: Vec<Anchor>,
        /// The root over the receipts since the last anchor.
        receipts: Digest,
    },
    /// Dispatches what a contract reports, as the contract's account; feeless.
    #[codec(index = 6)]
    Report {
        /// The receipt, with the leaves open that the chain checks; at most 8192 bytes.
        receipt: Vec<u8>,
        /// SCALE encoding of a call; at most 4096 bytes.
        call: Vec<u8>,
    },
    /// Announces newer code.
    #[codec(index = 7)]
    AnnounceUpgrade {
        /// Of which contract.
        contract: ContractId,
        /// Announced code.
        code: CodeHash,
    },
    /// Puts announced code into force, when its time has come.
    #[codec(index = 8)]
    ApplyUpgrade(ContractId),
    /// Takes a component's announcement back, when no contract names it, and gives its deposit back.
    #[codec(index = 9)]
    RemoveCode(CodeHash),
    /// Ends a contract for good, and gives its deposit back but for what is left of it.
    #[codec(index = 10)]
    Retire(ContractId),
    /// Lets workers take the lease of a contract again, of whose state two histories were shown.
    #[codec(index = 11)]
    Resume(ContractId),
}

/// Of `adyton-pallet-keys`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Keys {
    /// A keyholder says what the committee made; feeless.
    #[codec(index = 0)]
    PublishCommittee(CommitteeRecord),
    /// A worker asks for a contract's keys; feeless.
    #[codec(index = 1)]
    RequestRelease(ContractId),
}

/// Of `adyton-pallet-devices`: what workers' operators call, and those who submit what devices are judged by.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Devices {
    /// Has one signature (ECDSA over P-384 with SHA-384) checked and remembered.
    #[codec(index = 0)]
    CheckSignature(Box<CheckedSignature>),
    /// Stores a reference manifest, or prolongs it.
    #[codec(index = 1)]
    SubmitManifest {
        /// Under which accepted root.
        root: Digest,
        /// The manifest, XML; at most 49152 bytes.
        manifest: Vec<u8>,
        /// Responses about its certificates' revocation, DER; at most 4 of 4096 bytes.
        responses: Vec<Vec<u8>>,
        /// How many of the signatures are not remembered, at most 4.
        fresh: u8,
    },
    /// Adds a device to a worker.
    #[codec(index = 2)]
    Show(Box<Showing>),
    /// Accepts a pair of roots, after the delay.
    #[codec(index = 3)]
    AddRoot {
        /// That of devices, DER.
        device: Vec<u8>,
        /// That of reference manifests, DER.
        manifest: Vec<u8>,
        /// Whether they stand for no hardware.
        development: bool,
    },
    /// Accepts a pair of roots no longer.
    #[codec(index = 4)]
    RemoveRoot(Digest),
    /// Accepts devices under a policy, after the delay.
    #[codec(index = 5)]
    SetPolicy(DevicePolicy),
    /// Accepts devices no longer.
    #[codec(index = 6)]
    RemovePolicy,
    /// Forgets a change that does not hold yet.
    #[codec(index = 7)]
    Cancel(AcceptedDevices),
    /// Denies a device; or ends that, after the delay.
    #[codec(index = 8)]
    SetDenied {
        /// The device.
        device: DeviceId,
        /// Whether it is denied.
        denied: bool,
    },
    /// Ends the verdicts under a root that were judged up to now.
    #[codec(index = 9)]
    EndVerdicts(Digest),
}

/// A policy for devices: SCALE encoding of the verifier's `NvidiaPolicy`. The chain refuses what does not decode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePolicy(pub Vec<u8>);

impl Encode for DevicePolicy {
    fn encode_to<O: Output + ?Sized>(&self, out: &mut O) {
        out.write(&self.0);
    }
}

/// See [`PlatformPolicy`].
impl Decode for DevicePolicy {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        rest(input).map(Self)
    }
}

/// Something accepted of devices of which a change may be pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum AcceptedDevices {
    /// A pair of roots.
    #[codec(index = 0)]
    Root(Digest),
    /// The policy.
    #[codec(index = 1)]
    Policy,
}

/// Of `adyton-pallet-messages`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Messages {
    /// Sends a message to a contract.
    #[codec(index = 0)]
    Send {
        /// The contract.
        contract: ContractId,
        /// What it says; at most [`adyton_protocol::message::MAX_PAYLOAD`] bytes.
        payload: Vec<u8>,
    },
    /// The contract's worker says that all messages up to a number are over; feeless.
    #[codec(index = 1)]
    Finish {
        /// The contract.
        contract: ContractId,
        /// The number.
        over: u64,
    },
    /// Withdraws a message that has waited for long.
    #[codec(index = 2)]
    Withdraw {
        /// The contract.
        contract: ContractId,
        /// The message's number.
        number: u64,
    },
}

/// What `devices.check_signature` takes, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CheckedSignature {
    /// The signer's key: x ‖ y, big-endian.
    pub key: [u8; 96],
    /// What it signed; at most 8192 bytes.
    pub message: Vec<u8>,
    /// r ‖ s, big-endian.
    pub signature: [u8; 96],
}

/// What `devices.show` takes, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Showing {
    /// The worker.
    pub worker: WorkerId,
    /// The identity of the root of devices.
    pub root: Digest,
    /// The device's evidence, as [`adyton_protocol::device::DeviceEvidence`] travels.
    pub evidence: Vec<u8>,
    /// Stored manifests of its driver and firmware.
    pub manifests: Vec<Digest>,
    /// Responses about its certificates' revocation, DER; at most 4 of 4096 bytes.
    pub responses: Vec<Vec<u8>>,
    /// The worker's key over [`adyton_protocol::device::message`].
    pub signature: [u8; 64],
    /// How many of the signatures are not remembered, at most 4.
    pub fresh: u8,
}
