//! What a node asks the runtime about validators.

use polkadot_sdk::sp_api;

use crate::BlockEquivocation;

sp_api::decl_runtime_apis! {
    /// Reports of two blocks of one slot.
    pub trait ValidatorsApi {
        /// Hands a report to the node's own transaction pool. None: nobody served then who had the key, or the pool did
        /// not take it.
        fn submit_report(evidence: BlockEquivocation<Block::Header>) -> Option<()>;
    }
}
