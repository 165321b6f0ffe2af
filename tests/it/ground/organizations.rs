use chrono_tz::America::{Chicago, New_York};
use firstpass::db::Who;
use firstpass::registry::organizations::{self, NewOrganization, Organization, Usage};
use firstpass::types::Result;

use crate::support::{World, world};

async fn create(world: &World, name: &str, prefix: &str) -> Result<Organization> {
    let new = NewOrganization {
        name,
        time_zone: New_York,
        control_number_prefix: prefix,
        usage: Usage::Production,
    };
    organizations::create(&world.db, Who::System("test"), &new).await
}

fn code(refused: Result<Organization>) -> &'static str {
    refused.unwrap_err().refusal().unwrap().code
}

#[tokio::test]
async fn a_practice_is_made_and_found_by_name() {
    let world = world().await;
    let oak = create(&world, "Oak Avenue", "OAK").await.unwrap();
    let elm = create(&world, " Elm Street ", "E1").await.unwrap();
    assert_eq!(elm.name, "Elm Street");
    assert_eq!((elm.time_zone, elm.usage), (New_York, Usage::Production));
    assert_eq!(organizations::list(&world.db).await.unwrap(), [elm.clone(), oak]);

    let actor = firstpass::db::Actor::system("test", elm.id);
    let current = world.db.transaction(&actor, async |tx| organizations::current(tx).await).await.unwrap();
    assert_eq!(current, elm);
    assert_ne!(current.time_zone, Chicago);
}

#[tokio::test]
async fn no_two_practices_begin_their_claim_numbers_alike() {
    let world = world().await;
    create(&world, "Oak Avenue", "OAK").await.unwrap();
    assert_eq!(code(create(&world, "Oakland", "OAK").await), "organizations/prefix-taken");
    assert_eq!(organizations::list(&world.db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_name_or_prefix_that_no_claim_can_carry_is_refused() {
    let world = world().await;
    for (name, prefix) in [
        ("", "OAK"),
        ("  ", "OAK"),
        (&*"x".repeat(61), "OAK"),
        ("Oak", ""),
        ("Oak", "oak"),
        ("Oak", "OAKEN"),
        ("Oak", "O-K"),
    ] {
        assert_eq!(code(create(&world, name, prefix).await), "organizations/invalid", "{name:?} {prefix:?}");
    }
}
