//! The errors of our pallets, in words. Their order is the chain's and never changes in place; the vectors
//! in `specs/vectors/calls.json` carry their names, and a test of the runtime compares them.

use std::fmt;

use super::refusals::refusal;

/// A pallet's place in the runtime, its name, and its errors in their order: name, and words.
type Errors = (u8, &'static str, &'static [(&'static str, &'static str)]);

/// The errors of our pallets.
pub(super) const ERRORS: [Errors; 6] = [
    (
        10,
        "attestation",
        &[
            ("NoNetwork", "the chain's genesis names no network"),
            ("AnotherNetwork", "the statement is for another network"),
            ("Frozen", "registrations are frozen"),
            ("UnknownRoot", "the root of trust is not accepted"),
            ("UnknownMeasurement", "the measurement is not accepted"),
            ("AnotherRole", "the measurement is accepted for another role"),
            (
                "AnotherConfiguration",
                "the measurement is accepted with another configuration, or the program follows another chain",
            ),
            (
                "UnknownCollateral",
                "there is no collateral of the authority that certified the platform, for this kind, root and platform family",
            ),
            ("NoPolicy", "no policy accepts this kind of evidence"),
            ("MachineDenied", "the machine is denied"),
            ("OperatorDenied", "the operator is denied"),
            ("NotCollateral", "the bytes are not collateral"),
            ("NotARoot", "the certificate is not one of a root of trust"),
            ("FloorNotRaised", "the floor would not rise"),
            ("Refused", "the verifier refuses"),
            ("SnpRefused", "the verifier refuses"),
            ("NitroRefused", "the verifier refuses"),
            ("NotEvidence", "the bytes are not a report with its certificate"),
            ("BelowFloor", "the collateral is below the floor"),
            ("NotNewer", "the revocation list is not newer than the one that is there"),
            ("NoCollateral", "evidence of this kind has no collateral"),
            ("AlreadyAccepted", "the root is there already; remove it first"),
            ("NothingPending", "nothing is pending there"),
            ("ProviderDenied", "the cloud provider is denied"),
            ("MachineUnidentified", "the evidence names no machine, and nobody answers for it"),
            ("AboveNewest", "the floor would be above every collateral that was ever stored under the root"),
            ("MinimumLowered", "the policy's minimum evaluation number is below one that has held"),
            ("VerdictsJustEnded", "verdicts under the root were ended in this very second; register again in the next"),
            (
                "MinimumUnreached",
                "the policy's minimum evaluation number is above that of every collateral that was ever stored under one of the kind's roots",
            ),
            (
                "RevocationListOutdated",
                "a revocation list in the collateral is older than one that revokes more; submit newer collateral",
            ),
            ("TooManyRoots", "there are as many roots as there may be; remove one first"),
        ],
    ),
    (
        11,
        "workers",
        &[
            ("AnotherOperator", "the statement names another operator than the one who signed"),
            ("AnotherName", "the worker's identity is not the one that this operator's name for it gives"),
            ("Name", "the worker's name is empty or not UTF-8"),
            ("StaleBlock", "the block in the statement is not a block of this chain, or is too old"),
            ("Countersignature", "the worker's key did not sign this registration"),
            ("EvidenceUsed", "the evidence has registered somebody already"),
            ("KeyUsed", "the key was registered before"),
            ("RenewalDiffers", "a renewal has to come from the same program on the same machine with the same keys"),
            ("AnotherRole", "the worker is registered in another role"),
            ("MachineFull", "the machine has as many workers as it may have"),
            ("NotYourWorker", "there is no such worker, or it is somebody else's"),
            ("NotAWorker", "the origin is not the key of a valid worker's present boot"),
            ("TooSoon", "the last heartbeat was too recent"),
            ("StillActive", "the worker's leases have not ended"),
            ("Overflow", "a counter is exhausted"),
        ],
    ),
    (
        12,
        "contracts",
        &[
            ("NoNetwork", "the chain's genesis names no network"),
            ("CodeSize", "the code's size is zero or above the bound"),
            ("CodeKnown", "the code is announced already"),
            ("UnknownCode", "the code was never announced"),
            ("Manifest", "the manifest's encoding or one of its rules is broken"),
            ("Policy", "a list of the policy is too long, or its demand for devices cannot be met"),
            ("AlreadyDeployed", "the contract is deployed already"),
            ("UnknownContract", "there is no such contract"),
            ("NotYourContract", "the contract is somebody else's"),
            ("NotAWorker", "the origin is not the key of a valid worker's present boot"),
            ("NotActive", "the worker's leases have ended; a heartbeat comes first"),
            ("PolicyKind", "the policy does not accept the worker's kind of evidence"),
            ("PolicyMeasurement", "the policy does not accept the worker's measurement"),
            ("PolicyOperator", "the policy does not accept the worker's operator"),
            (
                "PolicyDevices",
                "the worker has shown too few of the devices that the policy asks for, or they count no longer",
            ),
            ("NotOptedIn", "the worker's operator did not opt in"),
            ("LeaseAlive", "the contract's lease is alive"),
            ("StalenessLimit", "the last lease ended, but the staleness limit has not passed"),
            ("NotYourLease", "the worker does not hold a living lease of this number"),
            ("Order", "the list is empty, not ascending, or names a contract twice"),
            ("Rollback", "the head is behind the newest known one, or another one at the same sequence"),
            ("FirstHead", "the first head of a contract is not that of an empty store"),
            ("NotOpen", "the store is not open under this lease, boot and incarnation"),
            ("TooSoon", "the worker or contract has just done this"),
            ("Receipt", "the receipt does not verify"),
            ("ReceiptKey", "the receipt is signed by another key than the worker's present one"),
            ("ReceiptLease", "the receipt is about another lease"),
            ("ReceiptIncarnation", "the receipt is about another incarnation"),
            ("ReceiptReport", "the receipt reports nothing, or another call than this"),
            ("ReportNumber", "a report with this or a higher number was dispatched already"),
            ("NotACall", "the bytes are not a call"),
            ("CallNotAllowed", "contracts may not have this call dispatched"),
            ("CallTooHeavy", "the call is too heavy"),
            ("Immutable", "the policy does not let the code change"),
            ("NoUpgrade", "no new code is announced"),
            ("UpgradeTooEarly", "the announced code has to wait"),
            ("Overflow", "a counter is exhausted"),
            ("NotYourCode", "the code was announced by somebody else"),
            ("CodeInUse", "a contract names the code, as its own or as announced code"),
            ("Retired", "the contract's owner ended it, and its id is used up"),
        ],
    ),
    (
        13,
        "keys",
        &[
            ("NotAKeyholder", "the origin is not the key of a valid keyholder's present boot"),
            ("NotAWorker", "the origin is not the key of a valid worker's present boot"),
            ("AlreadyPublished", "there is a committee already"),
            ("CommitteeOfOneIsForDevelopment", "the genesis does not let one keyholder alone be the committee"),
            (
                "CommitteeOfSeveral",
                "committees of several keyholders come with distributed key generation, which is not here yet",
            ),
            ("Committee", "the committee is not the one who publishes it, or its epoch, threshold or group is wrong"),
            ("NoCommittee", "there is no committee yet"),
            ("NotYourLease", "the worker does not hold the contract's living lease"),
            ("AlreadyRequested", "these keys were requested already"),
            ("Overflow", "a number would overflow"),
        ],
    ),
    (
        14,
        "devices",
        &[
            ("NoNetwork", "the chain's genesis names no network"),
            ("Frozen", "registrations are frozen"),
            ("NotYourWorker", "there is no such worker, or it is somebody else's"),
            ("NotValid", "the worker is retiring, its evidence does not hold now, or it is no worker"),
            (
                "StatementOutdated",
                "the worker was registered or renewed too long ago; renew it, and show what it offers then",
            ),
            ("Countersignature", "the worker's key did not sign that it asked this device"),
            ("UnknownRoot", "the root of devices is not accepted"),
            ("NoPolicy", "no policy accepts devices"),
            ("NotEvidence", "the bytes are not a report with its certificates"),
            ("UnknownManifest", "a manifest is not stored under the root; submit it first"),
            ("NvidiaRefused", "the verifier refuses"),
            (
                "MoreSignatures",
                "more signatures would have to be checked than the call pays for; have them checked beforehand",
            ),
            ("TooManySignatures", "one call checks no more signatures than that"),
            ("BadSignature", "the key did not sign the message"),
            ("ManifestTooLong", "what the verifier keeps of the manifest is too long"),
            (
                "NotNewer",
                "what is stored of the manifest counts, and the new is no better: less is known about its revocation, or as much and it counts no longer",
            ),
            ("DeviceDenied", "the device is denied"),
            ("ShownElsewhere", "another worker has shown the device since this one was registered or renewed"),
            ("TooManyDevices", "the worker has as many devices as it may have"),
            ("VerdictsJustEnded", "verdicts under the root were ended in this very second; show it again in the next"),
            ("NotARoot", "the certificate is not one of a root"),
            ("AlreadyAccepted", "the root is there already; remove it first"),
            ("TooManyRoots", "there are as many roots as there may be; remove one first"),
            ("NothingPending", "nothing is pending there"),
            ("NoDriver", "the worker is no virtual machine; it has no driver of its own that it could have asked"),
        ],
    ),
    (
        15,
        "messages",
        &[
            ("UnknownContract", "there is no such contract"),
            ("NotTaken", "the contract's manifest takes no messages"),
            ("QueueFull", "as many messages wait for the contract as may wait; try again later"),
            ("NotAWorker", "the key is not that of a valid worker's present boot"),
            ("NotYourLease", "the worker does not hold the contract"),
            ("NotWaiting", "the message is over already, or was never sent"),
            ("NotYourMessage", "the message is somebody else's"),
            ("TooEarly", "the message has not waited long enough to be withdrawn"),
        ],
    ),
];

/// Writes a pallet's error in words, or its numbers when this version does not know it.
pub(super) fn describe(f: &mut fmt::Formatter<'_>, pallet: u8, error: [u8; 4]) -> fmt::Result {
    let ours = ERRORS.iter().find(|(index, ..)| *index == pallet);
    match ours.and_then(|(_, name, errors)| Some((name, errors.get(usize::from(error[0]))?))) {
        // The number that such an error carries says more than its name.
        Some((name, (error_name @ ("Refused" | "SnpRefused" | "NitroRefused" | "NvidiaRefused"), text))) => {
            write!(f, "{name}: {text}: ")?;
            match refusal(error_name, error[1]) {
                Some(words) => f.write_str(words),
                None => write!(f, "reason {}", error[1]),
            }
        }
        Some((name, (_, text))) => write!(f, "{name}: {text}"),
        None => write!(f, "error {} of pallet {pallet}", error[0]),
    }
}
