//! Files that do not fit into memory: laid out on disk, walked claim by claim, each set by itself.

use firstpass::exchange::content::Content;
use firstpass::remits::exceptions::Action;
use firstpass::remits::{self, State};

use crate::remits::{clock, file, moved, practice, set, set_between, waits};

/// Another practice's claims, each of 137 characters or so, and what they pay.
fn strangers(claims: usize) -> (String, usize) {
    let one = |claim: usize| {
        format!(
            "CLP*OTHER{claim:06}*1*150*80*20*12*PCN{claim:06}~NM1*QC*1*DOE*JANE~SVC*HC:99213*150*80**1~\
             DTM*472*20260302~CAS*CO*45*50~CAS*PR*1*20~"
        )
    };
    ((0..claims).map(one).collect(), 80 * claims)
}

#[tokio::test]
async fn a_set_far_behind_in_a_long_file_is_posted_with_its_own_places() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (body, paid) = strangers(70_000);
    let theirs = set_between("ACME1", "*XX*1993999998", "T1", &paid.to_string(), &body);
    let ours = format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*70~", claim.number);
    let unknown = "CLP*NOBODY*1*60*60**12*PCN2~";
    let text = file(&[theirs, set("T2", "140", &format!("{ours}{unknown}"))]);
    // In memory stand 8 MiB at most.
    assert!(text.len() > 8 << 20, "{} bytes", text.len());

    let content = Content::taken_from(&mut text.as_bytes()).await.unwrap();
    let (db, actor) = (&practice.world.db, &practice.actor);
    let clock = clock();
    let receive =
        async || remits::receive_content(db, actor, "long.835", &content, &clock, &mut ()).await.unwrap();
    let reports = receive().await;
    let outcomes: Vec<State> = reports.iter().map(|report| report.outcome).collect();
    assert_eq!(outcomes, [State::Held, State::PartlyPosted]);
    assert_eq!((reports[0].claims, reports[0].paid.to_string()), (70_000, "5600000.00".to_owned()));
    assert!(reports[0].why[0].starts_with("N1*PE names NPI 1993999998"), "{}", reports[0].why[0]);
    assert_eq!(
        moved(&reports[1]),
        "insurance_cash 140.00, insurance_ar -150.00, unapplied_cash -60.00, contractual_adjustments 70.00"
    );
    assert_eq!(waits(&reports[1]), "no_match 60.00");

    let places = "select first_byte || ' ' || last_byte as text from remit_claims where claim_id = $1";
    let bytes = practice.text(places, claim.id.uuid()).await;
    let (first, last) = bytes.split_once(' ').unwrap();
    assert_eq!(&text[first.parse().unwrap()..=last.parse().unwrap()], ours);

    // What is kept is the same file: it is known, and what waits is read from it again.
    let again = receive().await;
    assert_eq!((again[0].outcome, again[1].outcome), (State::Held, State::Duplicate));
    let found = practice.claim(&[("99213", "60.00")]).await;
    let waiting = practice.exception().await.item.id;
    practice.resolve(waiting, &Action::Match { claim: found.id }).await.unwrap();
    assert_eq!(practice.owed(&found).await, "insurance 0.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn sets_that_follow_each_other_have_their_own_claims() {
    let practice = practice().await;
    let mut sets = vec![];
    for (trace, claims) in [("T1", 1), ("T2", 3), ("T3", 2)] {
        let mut body = String::new();
        for _ in 0..claims {
            let claim = practice.claim(&[("99213", "150.00")]).await;
            body.push_str(&format!("CLP*{}*1*150*80**12*{}~CAS*CO*45*70~", claim.number, claim.number));
        }
        sets.push(set(trace, &(80 * claims).to_string(), &body));
    }
    let reports = practice.receive(&file(&sets)).await;
    let told: Vec<(State, u32, String)> =
        reports.iter().map(|report| (report.outcome, report.claims, report.paid.to_string())).collect();
    let posted = |claims, paid: &str| (State::Posted, claims, paid.to_owned());
    assert_eq!(told, [posted(1, "80.00"), posted(3, "240.00"), posted(2, "160.00")]);
    practice.proves().await;
}
