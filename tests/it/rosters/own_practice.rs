//! A practice of one's own, from an empty database to claims, by commands alone.

use firstpass::access::{Role, users};
use firstpass::claims::{self, Wanted};
use firstpass::db::Actor;
use firstpass::registry::organizations::{self, Usage};

use super::{Kept, Said, firstpass};
use crate::support::browser::PASSWORD;
use crate::support::{self, World};

const NPI: &str = "1234567893";

const CREATE: [&str; 11] = [
    "--npi",
    NPI,
    "--tax-id",
    "12-3456789",
    "--taxonomy",
    "261QP2300X",
    "--address",
    "1 Elm St, Suite 4, Springfield, IL 62701-1234",
    "--admin",
    "ada@elm.example",
    "--admin-name=Ada Park",
];

fn create(world: &World, name: &str) -> Said {
    firstpass(world, &[&["practice", "create", name], &CREATE[..]].concat())
}

/// Runs the command on a file, which must succeed.
#[track_caller]
fn import(world: &World, command: &[&str], content: &str, said: &str) {
    let file = Kept::new(content);
    let (code, out, err) = firstpass(world, &[command, &[file.path()]].concat());
    assert_eq!((code, out.as_str()), (0, said), "{err}");
}

#[tokio::test]
async fn a_practice_is_made_once_with_who_bills_and_who_signs_in() {
    let world = support::world().await;
    let (code, out, err) = create(&world, "Elm Street Clinic");
    assert_eq!(code, 0, "{err}");
    let made = organizations::list(&world.db).await.unwrap();
    let [practice] = &made[..] else { panic!("one practice") };
    let id = practice.id;
    let (said, password) = out.split_once("password: ").unwrap();
    assert_eq!(
        said,
        format!(
            "Elm Street Clinic is made, and bills by NPI 1234567893\n\
             id {id}; claim numbers begin with ESC; days are those of America/Chicago; what it sends is a test\n\
             ada@elm.example is admin of Elm Street Clinic\n"
        )
    );
    assert_eq!(practice.usage, Usage::Test);
    let service = world.serve();
    assert_eq!(service.log_in("ada@elm.example", password.trim()).await.status, 303);

    let (code, out, _) = create(&world, "Elm Street Clinic");
    assert_eq!(
        (code, out),
        (
            0,
            format!(
                "Elm Street Clinic is there, and bills by NPI 1234567893; nothing was changed\n\
                 id {id}; claim numbers begin with ESC; days are those of America/Chicago; what it sends is a test\n"
            )
        )
    );
    assert_eq!(organizations::list(&world.db).await.unwrap(), made);
}

#[tokio::test]
async fn a_practice_that_cannot_be_is_not_begun() {
    let world = support::world().await;
    let run = |changes: &[(&str, &str)]| {
        let mut arguments = vec!["practice", "create", "Elm Street Clinic"];
        for pair in CREATE[..10].chunks(2) {
            let changed = changes.iter().find(|(name, _)| *name == pair[0]);
            arguments.extend([pair[0], changed.map_or(pair[1], |(_, value)| value)]);
        }
        firstpass(&world, &arguments)
    };
    let (code, _, err) = run(&[("--npi", "1234567890")]);
    assert_eq!(code, 2);
    assert!(err.contains("the check digit is wrong"), "{err}");
    let (code, _, err) = run(&[("--address", "1 Elm St, Springfield, ZZ 627")]);
    assert_eq!(code, 2);
    let said = "state is not valid: expected a two-letter USPS state code; zip is not valid: expected five or nine \
                digits. Correct it (registry/invalid)";
    assert!(err.contains(said), "{err}");
    let (code, _, err) = run(&[("--admin", "nobody")]);
    assert_eq!(code, 2);
    assert!(err.contains("that is no email address"), "{err}");
    // Refused after the organization was written: all of it is gone.
    assert_eq!(organizations::list(&world.db).await.unwrap(), []);

    assert_eq!(run(&[]).0, 0);
    let (code, _, err) = run(&[("--npi", "1987654328")]);
    assert_eq!(code, 2);
    assert!(err.contains("is there, and bills by another NPI"), "{err}");
    assert_eq!(organizations::list(&world.db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn somebody_who_works_elsewhere_administers_a_second_practice_with_the_same_password() {
    let world = support::world().await;
    let oak = world.organization("Oak Hill").await;
    let ada = world.person(&oak, "ada@elm.example", Role::Biller).await;
    let (code, out, err) = create(&world, "Elm Street Clinic");
    assert_eq!(code, 0, "{err}");
    assert!(
        out.ends_with("ada@elm.example is admin of Elm Street Clinic\nthe password is as before\n"),
        "{out}"
    );
    assert_eq!(users::find(&world.db, "ada@elm.example").await.unwrap(), Some(ada));
    assert_eq!(world.serve().log_in("ada@elm.example", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn from_an_empty_database_to_claims_that_are_ready_and_held() {
    let world = support::world().await;
    assert_eq!(create(&world, "Elm Street Clinic").0, 0);
    import(
        &world,
        &["registry", "import", "payers"],
        "Payer ID,Payer Name,Claim Filing Indicator,Timely Filing\nAETNA1,First Health,CI,365\nBLUE22,Second Mutual,BL,365\n",
        "imported: payers: 2 added, 0 changed, 0 as before; 0 rows rejected\n",
    );
    import(
        &world,
        &["registry", "import", "providers"],
        "NPI,Last Name,First Name,Taxonomy\n1987654328,Nguyen,An,207Q00000X\n",
        "imported: providers: 1 added, 0 changed, 0 as before; 0 rows rejected\n",
    );
    import(
        &world,
        &["registry", "import", "patients", "--coverage-from=2020-01-01"],
        "MRN,Last Name,First Name,DOB,Gender,Address,City,State,Zip,Primary Insurance,Policy,Secondary Insurance,Secondary Policy\n\
         M1,Roe,Jane,05/06/1980,F,1 Elm St,Springfield,IL,62701,First Health,W12345,Second Mutual,Z9\n\
         M2,Poe,Adam,01/02/1975,M,2 Elm St,Springfield,IL,62701,BLUE22,X777,,\n\
         M3,Doe,Kim,03/04/1990,F,3 Elm St,Springfield,IL,62701,,,,\n",
        "imported: patients: 3 added, 0 changed, 0 as before; 0 rows rejected\n\
         coverages: 3 added, 0 changed, 0 as before\n",
    );
    // The second visit's diagnosis is none; the third patient pays alone.
    let day = chrono::Utc::now().date_naive() - chrono::Days::new(7);
    let charges = format!(
        "visit_number,patient_account,billing_npi,rendering_npi,service_date,place_of_service,procedure,units,charge,dx1,pointers\n\
         V1,M1,{NPI},1987654328,{day},11,99213,1,150.00,I10,A\n\
         V2,M2,{NPI},1987654328,{day},11,99213,1,150.00,I99.99,A\n\
         V3,M3,{NPI},1987654328,{day},11,99213,1,90.00,I10,A\n"
    );
    import(
        &world,
        &["charges", "import"],
        &charges,
        "imported: 3 visits, 3 lines, 390.00 charged; 0 rows rejected\n",
    );
    let (code, out, err) = firstpass(&world, &["claims", "scrub"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.starts_with("1 ready (150.00), 1 held (150.00)\n"), "{out}");
    let practice = organizations::list(&world.db).await.unwrap().remove(0);
    let actor = Actor::system("test", practice.id);
    let list = async |tx: &mut _| claims::worklist(tx, Wanted::default(), None, 10).await;
    let found = world.db.snapshot(&actor, list).await.unwrap();
    let found: Vec<(&str, &str)> =
        found.iter().map(|claim| (claim.payer.name.as_str(), claim.status.as_str())).collect();
    assert_eq!(found, [("First Health", "ready"), ("Second Mutual", "held")]);
    // A second run has nothing to check.
    let (code, out, _) = firstpass(&world, &["claims", "scrub"]);
    assert_eq!((code, out.as_str()), (0, "0 ready (0.00), 0 held (0.00)\n"));
}
