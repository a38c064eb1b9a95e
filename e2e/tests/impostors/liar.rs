//! A worker that lies. None of our programs does: this is a key for which the development root vouches, as a broken machine
//! would for what runs in it, and with which the test signs what it likes.

use std::fs;

use adyton_client::{
    Account, AccountScheme, Client,
    chain::extrinsic::{Signature, Signer as _},
    protocol::{
        ids::{Digest, EncryptionKey, SigningKey, WorkerId},
        receipt::{ReceiptFields, SALT, SignedReceipt},
        statement::AttestedStatement,
    },
};
use adyton_development_root::Role;
use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    Stage,
    evidence::{NAME, bytes, registration, statement},
};

/// The digest of no answer that the contract gives.
const ANSWER: Digest = Digest([0x11; 32]);

/// It ends with nothing: the chain goes on knowing its key.
pub struct Liar {
    /// Its id.
    pub id: String,
    key: Account,
}

impl Liar {
    /// Registers it for this operator, on a machine of its own.
    pub fn register(stage: &Stage, operator: &str) -> Result<Self> {
        let key = Account::from_secret("//Liar", AccountScheme::Ed25519)?;
        let operator = Account::from_secret(operator, AccountScheme::Sr25519)?;
        let client = Client::new(stage.network.file()?)?;
        // All but who it is, it says as the network's own worker does.
        let honest = statement(&stage.offer(&stage.network.url("worker")?)?)?;
        let statement = AttestedStatement {
            worker: WorkerId::derive(&honest.network, &operator.account(), NAME),
            operator: operator.account(),
            signing_key: SigningKey(key.account().0),
            encryption_key: EncryptionKey([9; 32]),
            recent: stage.runtime.block_on(client.reader().head())?.block(),
            ..honest
        };
        let evidence = stage.root()?.device_on(1, Role::new("worker")?).quote(statement.report_data());
        let id = statement.worker.to_string();
        let countersigned = signature(&key, &statement.registration_message(&evidence));
        let call = registration(stage, statement, evidence, countersigned)?;
        stage.runtime.block_on(client.submit(&operator, &call)).context("the chain refuses the liar's evidence")?;
        Ok(Self { id, key })
    }

    /// Of a receipt that was saved, one by the liar that says something else of the same call; the file's name.
    pub fn forge(&self, stage: &Stage, honest: &str) -> Result<String> {
        let mut bundle: Value = serde_json::from_slice(&fs::read(honest)?)?;
        let receipt = SignedReceipt::from_bytes(&bytes(&bundle["receipt"])?)?;
        let said = receipt.verify(&stage.network.file()?.network_id, &|_, _, _| true)?;
        let lie = ReceiptFields { worker: SigningKey(self.key.account().0), response: ANSWER, ..said };
        let forged = SignedReceipt::sign(&lie, || [7; SALT], |message| signature(&self.key, message));
        bundle["receipt"] = json!(format!("0x{}", hex::encode(forged.to_bytes())));
        let file = stage.folder.join("forged.json");
        fs::write(&file, bundle.to_string())?;
        Ok(file.to_str().context("the folder's name is no text")?.to_owned())
    }
}

fn signature(key: &Account, message: &[u8]) -> [u8; 64] {
    match key.sign(message) {
        Signature::Ed25519(signature) | Signature::Sr25519(signature) => signature,
    }
}
