//! What a practice's books need each night, as jobs: parts of claims that never came are looked for, and small
//! balances given up where the practice has said so.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types as st;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::credits::small_balances::nightly::{self, GiveUpSmallBalances};
use crate::db::jobs::{self, Job};
use crate::db::{Actor, Db};
use crate::remits::missing_parts;
use crate::types::{Clock, OrganizationId, Result};

/// Looks for claims of which parts (MA15) have not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookForParts {}

impl Job for LookForParts {
    const KIND: &'static str = "look_for_parts";

    fn unique_key(&self) -> Option<String> {
        Some("nightly".to_owned())
    }

    fn lane(&self) -> Option<String> {
        Some("look_for_parts".to_owned())
    }
}

/// What it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartsLookedFor {
    /// Claims that are said to lack parts from now on.
    pub opened: usize,
}

impl LookForParts {
    /// Does it. Again it opens nothing.
    ///
    /// # Errors
    /// Only faults.
    pub async fn run(&self, db: &Db, actor: &Actor, clock: &Clock) -> Result<PartsLookedFor> {
        let now = clock.now();
        let opened = db.transaction(actor, async |tx| missing_parts::look(tx, now).await).await?;
        Ok(PartsLookedFor { opened })
    }
}

/// Asks for the nightly work that is due, of every practice; how many practices' was. A night begins at two
/// o'clock by the practice's own clock; the first one is the night after its first day here. Any number of
/// workers may call it at once: each night is asked for by one of them.
pub async fn ask_for_nights(db: &Db, now: DateTime<Utc>) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = st::Uuid)]
        organization: OrganizationId,
        #[diesel(sql_type = st::Date)]
        night: NaiveDate,
        #[diesel(sql_type = st::Bool)]
        is_first: bool,
    }
    let due: Vec<Due> = db
        .system(async |tx| {
            let due = sql_query(
                "select d.organization, d.night, n.last_on is null as is_first
                 from (select id as organization,
                    (($1 at time zone time_zone) - interval '2 hours')::date as night from organizations) d
                 left join night_rounds n on n.organization_id = d.organization
                 where n.last_on is null or n.last_on < d.night order by d.organization",
            );
            Ok(due.bind::<st::Timestamptz, _>(now).load(tx.conn()).await?)
        })
        .await?;
    let mut asked = 0;
    for Due { organization, night, is_first } in due {
        let actor = Actor::system("schedule", organization);
        let schedule = db.snapshot(&actor, async |tx| nightly::schedule(tx).await).await?;
        let ours = db
            .system(async |tx| {
                let moved_on = sql_query(
                    "insert into night_rounds (organization_id, last_on) values ($1, $2)
                     on conflict (organization_id) do update set last_on = $2 where night_rounds.last_on < $2",
                )
                .bind::<st::Uuid, _>(organization)
                .bind::<st::Date, _>(night)
                .execute(tx.conn())
                .await?;
                if moved_on == 0 || is_first {
                    return Ok(false);
                }
                jobs::enqueue_for(tx, organization, &LookForParts {}, now).await?;
                if schedule.nightly {
                    jobs::enqueue_for(tx, organization, &GiveUpSmallBalances {}, now).await?;
                }
                Ok(true)
            })
            .await?;
        asked += usize::from(ours);
    }
    Ok(asked)
}
