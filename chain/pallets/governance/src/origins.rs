//! Who a decision's origin is, one type for each, as pallets' settings want them.

use polkadot_sdk::frame_support::traits::EnsureOrigin;

use crate::Origin;

/// Defines the type that takes one of the origins and nothing else.
macro_rules! takes_only {
    ($(#[doc = $what:literal] $name:ident),+) => {
        $(
            #[doc = $what]
            pub struct $name;

            impl<O: Into<Result<Origin, O>> + From<Origin>> EnsureOrigin<O> for $name {
                type Success = ();

                fn try_origin(origin: O) -> Result<(), O> {
                    let origin: Result<Origin, O> = origin.into();
                    match origin? {
                        Origin::$name => Ok(()),
                        other => Err(other.into()),
                    }
                }

                #[cfg(feature = "runtime-benchmarks")]
                fn try_successful_origin() -> Result<O, ()> {
                    Ok(Origin::$name.into())
                }
            }
        )+
    };
}

takes_only! {
    #[doc = "[`Origin::TeePolicy`] alone."]
    TeePolicy,
    #[doc = "[`Origin::Emergency`] alone."]
    Emergency,
    #[doc = "[`Origin::SmallSpender`] alone."]
    SmallSpender,
    #[doc = "[`Origin::BigSpender`] alone."]
    BigSpender,
    #[doc = "[`Origin::Economy`] alone."]
    Economy
}
