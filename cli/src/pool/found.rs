//! A pool as it is proven, with the rules.

use adyton_client::{
    Client,
    chain::{
        economy::{self, Holder, Pool, PoolId, PoolParameters, Position},
        verifier::FinalizedHeader,
    },
    protocol::ids::AccountId,
};
use anyhow::{Context, Result, ensure};

use crate::{blocks::Blocks, output::misuse};

/// What all commands about a pool need.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its number.
    pub number: PoolId,
    /// The pool.
    pub pool: Pool,
    /// The rules.
    pub rules: PoolParameters,
    /// When blocks are.
    pub blocks: Blocks,
    /// What the account that asks has in it.
    pub position: Option<Position>,
    /// Whether that account is on the list of those who may join.
    pub allowed: bool,
    /// Of a vault: whether it may lose what is frozen in one of its pools.
    pub frozen_below: bool,
}

/// The pool of this number, and what `account` has in it.
///
/// # Errors
/// There is no such pool, or the network has none.
pub async fn read(client: &Client, number: PoolId, account: &AccountId) -> Result<Found> {
    let holder = Holder::Account(*account);
    let keys = [
        Blocks::key(),
        economy::pool_parameters(),
        economy::pool(number),
        economy::position(number, &holder),
        economy::allowed_in(number, account),
    ];
    let head = client.reader().head().await?;
    let facts = client.facts_at(&head, &keys).await?;
    let pool = facts.pool(number)?.ok_or_else(|| unknown(number))?;
    Ok(Found {
        number,
        frozen_below: frozen_below(client, &head, number, &pool).await?,
        pool,
        rules: facts.pool_parameters()?.context("this network has no stake pools")?,
        blocks: Blocks::of(&facts)?,
        position: facts.position(number, &holder)?,
        allowed: facts.allowed_in(number, account)?,
    })
}

/// Whether a vault may lose what is frozen in a pool that it is in, and with that is frozen itself; a pool is in none.
pub async fn frozen_below(client: &Client, head: &FinalizedHeader, number: PoolId, pool: &Pool) -> Result<bool> {
    let Some(vault) = &pool.vault else { return Ok(false) };
    let holder = Holder::Vault(number);
    let keys: Vec<Vec<u8>> = vault
        .targets
        .iter()
        .flat_map(|target| [economy::pool(target.pool), economy::position(target.pool, &holder)])
        .collect();
    let facts = client.facts_at(head, &keys).await?;
    for target in &vault.targets {
        let frozen = facts.pool(target.pool)?.is_some_and(|pool| pool.exposed(pool.frozen) > 0);
        if frozen && facts.position(target.pool, &holder)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// That there is no such pool.
pub fn unknown(number: PoolId) -> anyhow::Error {
    misuse(format!("there is no pool {number}; see `adyton pool list`"))
}

impl Found {
    /// Refuses everybody but the owner.
    ///
    /// # Errors
    /// It is somebody else's.
    pub fn owned_by(&self, account: &AccountId) -> Result<()> {
        ensure!(
            self.pool.owner == *account,
            "pool {} belongs to {}; sign as that account",
            self.number,
            adyton_client::chain::address::encode(&self.pool.owner)
        );
        Ok(())
    }

    /// Whether a slash is decided about that members may lose by: nobody joins, and who is due waits.
    pub fn is_frozen(&self) -> bool {
        self.pool.exposed(self.pool.frozen) > 0 || self.frozen_below
    }

    /// Whether something of `amount` would wait for that if `account` left with it: of the owner's, what would no longer
    /// cover all that is frozen, and of members' a part where the owner's does not.
    pub fn holds_back(&self, account: &AccountId, amount: u128) -> bool {
        let own = &self.pool.books.own;
        let is_own = self.pool.is_own(&Holder::Account(*account));
        let spare = own.total().saturating_sub(self.pool.frozen);
        if is_own { amount > spare && self.pool.frozen > 0 } else { self.is_frozen() }
    }

    /// Whether `amount` is all that `account` has in it and does not leave.
    pub fn is_all(&self, amount: u128, account: &AccountId) -> bool {
        let worth = |position: &Position| position.worth(&self.pool, &Holder::Account(*account)).active;
        self.position.as_ref().is_some_and(|position| worth(position) == amount)
    }

    /// `pool 3` or `vault 3`.
    pub fn name(&self) -> String {
        name(self.number, &self.pool)
    }
}

/// See [`Found::name`].
pub fn name(number: PoolId, pool: &Pool) -> String {
    format!("{} {number}", if pool.is_vault() { "vault" } else { "pool" })
}

#[cfg(test)]
pub mod tests {
    use adyton_client::chain::{
        economy::{Books, Class, Commission, Side, Stake},
        governance::Share,
    };

    use super::*;
    use crate::blocks::tests::blocks;

    pub const PHA: u128 = 1_000_000_000_000;
    pub const OWNER: AccountId = AccountId([1; 32]);
    pub const MEMBER: AccountId = AccountId([2; 32]);

    fn side(value: u128, leaving: u128) -> Side {
        let class = |value| Class { shares: value, value, unsettled: 0 };
        Side { active: class(value), leaving: class(leaving), index: 0, rest: 0 }
    }

    /// A pool of 1000 PHA of its owner's and 3000 of others', of whom one has 500; at block 1000.
    pub fn example() -> Found {
        let stake = |amount| Stake { shares: amount, held: amount };
        let pool = Pool {
            owner: OWNER,
            vault: None,
            commission: Commission { rate: Share(50_000_000), maximum: Share(100_000_000), announced: None },
            cap: Some(5_000 * PHA),
            restricted: false,
            books: Books { own: side(1_000 * PHA, 0), shared: side(3_000 * PHA, 200 * PHA) },
            bound: 2_500 * PHA,
            cooling: 0,
            frozen: 0,
            given: 0,
            fees: 0,
            deposit: 10 * PHA,
        };
        let position =
            Position { active: stake(500 * PHA), leaving: stake(100 * PHA), chunks: 1, ..Position::default() };
        Found {
            number: 3,
            pool,
            rules: PoolParameters {
                minimum: PHA,
                deposit: 10 * PHA,
                unbonding: 14_400,
                cooling: 7_200,
                notice: 600,
                patience: 1_200,
            },
            blocks: blocks(),
            position: Some(position),
            allowed: false,
            frozen_below: false,
        }
    }

    #[test]
    fn only_the_owner_is_let_through() {
        assert!(example().owned_by(&OWNER).is_ok());
        assert!(example().owned_by(&MEMBER).unwrap_err().to_string().contains("sign as that account"));
    }
}
