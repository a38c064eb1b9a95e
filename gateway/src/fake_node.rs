//! A chain node for tests: it knows one value for each key, and how often it was asked.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use adyton_protocol::{
    ids::{AccountId, CodeHash},
    record::CodeRecord,
    storage,
};
use axum::{Json, Router, extract::State};
use codec::Encode;
use serde_json::{Value, json};

use crate::chain::Node;

/// What it knows.
#[derive(Default)]
pub struct FakeNode {
    values: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
    asked: AtomicU64,
    syncing: AtomicBool,
}

impl FakeNode {
    /// Lets it have `value` at `key`.
    pub fn set(&self, key: Vec<u8>, value: Vec<u8>) {
        self.values.lock().unwrap().push((key, value));
    }

    /// Lets it have an announcement of `code`.
    pub fn announce(&self, code: &CodeHash) {
        let record = CodeRecord { uploader: AccountId([1; 32]), size: 1, deposit: 0, contracts: 0 };
        self.set(storage::codes(code), record.encode());
    }

    /// Lets it know nothing.
    pub fn clear(&self) {
        self.values.lock().unwrap().clear();
    }

    /// Lets it still be behind its network, or not any more.
    pub fn sync(&self, syncing: bool) {
        self.syncing.store(syncing, Ordering::Relaxed);
    }

    /// How often a value was asked for.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Serves it.
    pub async fn serve(self: Arc<Self>) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }

    /// Serves it, and gives the way to it.
    pub async fn node(self: Arc<Self>) -> Node {
        Node::new(&format!("http://{}", self.serve().await), crate::boot::client(true).unwrap())
    }
}

async fn answer(State(node): State<Arc<FakeNode>>, Json(request): Json<Value>) -> Json<Value> {
    let result = match request["method"].as_str().unwrap() {
        "state_getStorage" => {
            node.asked.fetch_add(1, Ordering::Relaxed);
            let key = hex::decode(request["params"][0].as_str().unwrap().trim_start_matches("0x")).unwrap();
            let values = node.values.lock().unwrap();
            let found = values.iter().find(|(known, _)| *known == key);
            json!(found.map(|(_, value)| format!("0x{}", hex::encode(value))))
        }
        "chain_getFinalizedHead" => json!(format!("0x{}", "1f".repeat(32))),
        "chain_getHeader" => json!({ "number": "0x1" }),
        "system_health" => {
            let syncing = node.syncing.load(Ordering::Relaxed);
            json!({ "peers": 0, "isSyncing": syncing, "shouldHavePeers": false })
        }
        other => panic!("{other} is not asked"),
    };
    Json(json!({ "jsonrpc": "2.0", "id": 1, "result": result }))
}
