//! The Medicare fee schedule as prices: relative values of July 2024 (CMS, RVU24C) times that year's
//! conversion factor of 33.2875, worked out by hand.

use firstpass::codes::import;
use firstpass::codes::store::{self, Source};
use firstpass::codes::{Codes, List};
use firstpass::contracts::{self, Billed, ImportOptions, Rates, ScheduleReport, Site, Terms};
use firstpass::db::Actor;
use firstpass::types::{Money, Result};
use rust_decimal::Decimal;

use super::from;
use crate::support::practice::day;
use crate::support::{self, World};

/// In the layout of CMS's file, without the words of the AMA; the columns that are not read left out or 0.
const VALUES: &str = "\
HCPCS,MOD,DESCRIPTION,STATUS CODE,WORK RVU,NON-FAC PE RVU,FACILITY PE RVU,MP RVU,NON-FAC TOTAL,FACILITY TOTAL,PCTC IND,GLOB DAYS,PRE OP,INTRA OP,POST OP,MULT PROC,BILAT SURG,ASST SURG,CO-SURG,TEAM SURG,ENDO BASE,CONV FACTOR,CALCULATION FLAG,A,B,C
11042,,,A,1.01,2.76,0.67,0.13,0,0,0,000,0,0,0,2,0,1,0,0,,33.2875,0,,,
20610,,,A,0.79,1.04,0.44,0.13,0,0,0,000,0,0,0,2,1,1,0,0,,33.2875,0,,,
29881,,,A,7.03,8.07,8.07,1.40,0,0,0,090,0,0,0,3,1,0,0,0,29870,33.2875,0,,,
36415,,,X,0.00,0.00,0.00,0.00,0,0,9,XXX,0,0,0,9,9,9,9,9,,33.2875,0,,,
45378,,,A,3.26,6.51,1.77,0.42,0,0,0,000,0,0,0,2,0,1,0,0,,33.2875,0,,,
45378,53,,A,1.63,3.25,0.89,0.21,0,0,0,000,0,0,0,2,0,1,0,0,,33.2875,0,,,
47562,,,A,10.47,6.81,6.81,2.64,0,0,0,090,0,0,0,2,0,2,1,0,,33.2875,0,,,
71046,,,A,0.22,0.77,0.77,0.02,0,0,1,XXX,0,0,0,0,0,0,0,0,,33.2875,0,,,
71046,TC,,A,0.00,0.69,0.69,0.01,0,0,1,XXX,0,0,0,0,0,0,0,0,,33.2875,0,,,
71046,26,,A,0.22,0.08,0.08,0.01,0,0,1,XXX,0,0,0,0,0,0,0,0,,33.2875,0,,,
99213,,,A,1.30,1.33,0.56,0.10,0,0,0,XXX,0,0,0,0,0,0,0,0,,33.2875,0,,,
";

/// Keeps the relative values as `codes import` does, and gives the tables with them.
async fn import_values(world: &World, actor: &Actor) -> Codes {
    let reading = import::read("PPRRVU2024_Jul.csv", VALUES.as_bytes(), None).unwrap();
    assert_eq!((reading.rows, reading.rejected.count, reading.from), (11, 0, Some(day("2024-07-01"))));
    let (list, content) = reading.tables.into_iter().next().unwrap();
    assert_eq!(list, List::FeeSchedule);
    let draft = Codes::shipped().draft(list, content, day("2024-07-01"), true).unwrap();
    let source =
        Source { name: "PPRRVU2024_Jul.csv".into(), sha256: [7; 32], rows: reading.rows, rejected: 0 };
    world.db.transaction(actor, async |tx| store::import(tx, &draft, &source).await).await.unwrap();
    store::load(&world.db).await.unwrap()
}

async fn make(
    world: &World,
    actor: &Actor,
    codes: &Codes,
    options: &ImportOptions,
) -> Result<ScheduleReport> {
    let now = "2024-07-01T12:00:00Z".parse().unwrap();
    let factor = Decimal::new(332_875, 4);
    world
        .db
        .transaction(actor, async |tx| {
            contracts::import_relative_values(tx, now, codes, "Medicare", factor, options).await
        })
        .await
}

async fn rates(world: &World, actor: &Actor, lines: &[Billed]) -> Rates {
    let procedures: Vec<String> = lines.iter().map(|line| line.procedure.clone()).collect();
    let found = async |tx: &mut _| {
        let schedule = contracts::named_schedule(tx, "Medicare").await?.unwrap().id;
        contracts::rates(tx, schedule, &procedures).await
    };
    world.db.snapshot(actor, found).await.unwrap()
}

/// `20610-50`, at an office or in a facility.
fn line(code: &str, site: Site) -> Billed {
    let mut parts = code.split('-').map(str::to_owned);
    Billed {
        procedure: parts.next().unwrap(),
        modifiers: parts.collect(),
        units: Some(Decimal::ONE),
        charged: Money::from_cents(500_000),
        site,
        on: Some(day("2024-08-01")),
    }
}

/// What the lines of one claim come to by the terms of Medicare.
async fn allowed(world: &World, actor: &Actor, lines: &[Billed]) -> Vec<String> {
    let rates = rates(world, actor, lines).await;
    let priced = contracts::price(&Terms::default(), &rates, lines).into_iter();
    priced.map(|line| line.map_or_else(|why| why.to_string(), |line| line.allowed.to_string())).collect()
}

#[tokio::test]
async fn relative_values_times_the_conversion_factor_are_prices_by_site_and_part() {
    let world = support::world().await;
    let actor = world.practice("Elm Street").await.actor;
    let codes = import_values(&world, &actor).await;
    let refused = make(&world, &actor, &codes, &from("2024-06-30")).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "contracts/no-relative-values");
    let made = make(&world, &actor, &codes, &from("2024-07-01")).await.unwrap();
    // 36415 has no values: Medicare pays it by another schedule. The other ten have two prices each.
    assert_eq!((made.rows_read, made.added, made.ended, made.rows_rejected), (10, 20, 0, 0));

    let alone = async |code: &str| {
        let mut both = vec![];
        for site in [Site::NonFacility, Site::Facility] {
            both.extend(allowed(&world, &actor, &[line(code, site)]).await);
        }
        both
    };
    // 1.30 + 1.33 + 0.10 = 2.73, x 33.2875 = 90.874875; in a facility 1.96: 65.2435.
    assert_eq!(alone("99213").await, ["90.87", "65.24"]);
    // 1.96: 65.2435; 1.36: 45.271.
    assert_eq!(alone("20610").await, ["65.24", "45.27"]);
    // 3.90: 129.82125; 1.81: 60.250375.
    assert_eq!(alone("11042").await, ["129.82", "60.25"]);
    // 16.50: 549.24375, wherever it is done.
    assert_eq!(alone("29881").await, ["549.24", "549.24"]);
    // 1.01: 33.620375. Read alone 0.31: 10.319125; taken alone 0.70: 23.30125.
    assert_eq!(alone("71046").await, ["33.62", "33.62"]);
    assert_eq!(alone("71046-26").await, ["10.32", "10.32"]);
    assert_eq!(alone("71046-TC").await, ["23.30", "23.30"]);
    // 10.19: 339.199625; 5.45: 181.416875. Discontinued it has values of its own, which are not halved:
    // 5.09: 169.433375; 2.73: 90.874875.
    assert_eq!(alone("45378").await, ["339.20", "181.42"]);
    assert_eq!(alone("45378-53").await, ["169.43", "90.87"]);
    // It has no parts, and no price of one.
    let part = ["no price for the part (26, TC) in the fee schedule"; 2];
    assert_eq!(alone("99213-26").await, part);
    assert_eq!(alone("36415").await, ["not in the fee schedule"; 2]);
}

#[tokio::test]
async fn the_fee_schedules_indicators_say_how_prices_combine() {
    let world = support::world().await;
    let actor = world.practice("Elm Street").await.actor;
    let codes = import_values(&world, &actor).await;
    make(&world, &actor, &codes, &from("2024-07-01")).await.unwrap();
    let office = async |lines: &[&str]| {
        let lines: Vec<Billed> = lines.iter().map(|code| line(code, Site::NonFacility)).collect();
        allowed(&world, &actor, &lines).await
    };
    // MULT PROC 2 and 3 are ranked: 549.24 in full, half of 129.82 and of 65.24. 99213 (0) is not.
    assert_eq!(office(&["20610", "99213-25", "11042", "29881"]).await, ["32.62", "90.87", "64.91", "549.24"]);
    // BILAT SURG 1: 65.24 x 1.5. On 71046 (0) both sides change nothing.
    assert_eq!(office(&["20610-50"]).await, ["97.86"]);
    assert_eq!(office(&["71046-50"]).await, ["33.62"]);
    // Both knees as one procedure of 823.86, and half of the joint that is second: 65.24 / 2.
    assert_eq!(office(&["29881-50", "20610"]).await, ["823.86", "32.62"]);
    // 19.92: 663.087. An assistant has 16 %: 106.0944; each of two surgeons 62.5 %: 414.43125.
    assert_eq!(office(&["47562"]).await, ["663.09"]);
    assert_eq!(office(&["47562-80"]).await, ["106.09"]);
    assert_eq!(office(&["47562-62"]).await, ["414.43"]);
}
