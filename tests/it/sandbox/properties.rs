//! Whatever claims come in, every payment balances at all three levels.

use firstpass::sandbox::Plan;
use firstpass::types::Money;
use firstpass::x12::{Body, read_file};
use proptest::prelude::*;

use super::{Desk, Sent, claim, file};

const PROCEDURES: &[&str] =
    &["99213", "99214", "80061", "36415", "72148", "20610", "97140", "93000", "J1100", "90686"];

/// Digits that may be a trigger, whether there is an earlier payer, and the lines.
type Drawn = (u8, bool, Vec<(usize, u32, u32, u32)>);

/// A claim of a member whose digits may be a trigger, with one to five lines, and sometimes an
/// earlier payer.
fn any_claim() -> impl Strategy<Value = Drawn> {
    let line = (0..PROCEDURES.len(), 0_u32..200_000, 0_u32..101, 0_u32..101);
    (0_u8..100, any::<bool>(), prop::collection::vec(line, 1..6))
}

fn sent(number: usize, digits: u8, second: bool, lines: &[(usize, u32, u32, u32)]) -> Sent {
    let names = ["LFM0001", "LFM0002", "LFM0003", "LFM0004", "LFM0005"];
    let mut sent = claim(names[number]).member(&format!("W1234567{digits:02}"));
    let money = |cents: u32| Money::from_cents(cents.into());
    let mut paid_before = Money::ZERO;
    for (procedure, cents, allowed, share) in lines {
        let code = PROCEDURES[*procedure];
        let charged = money(*cents);
        if !second {
            sent = sent.line(code, &charged.to_x12(), "20261110");
            continue;
        }
        let allowed = money(cents * allowed / 100);
        let owed = Money::from_cents(allowed.cents() * i64::from(*share) / 100);
        paid_before += allowed - owed;
        sent = sent.line_with(
            code,
            &charged.to_x12(),
            "20261110",
            &[
                &format!("SVD*SBXFIRST*{}*HC:{code}**1", (allowed - owed).to_x12()),
                &format!("CAS*CO*45*{}", (charged - allowed).to_x12()),
                &format!("CAS*PR*2*{}", owed.to_x12()),
                "DTP*573*D8*20261115",
            ],
        );
    }
    if second {
        sent.sequence = "S";
        sent.other_payer = vec![
            "SBR*P*18*******12".into(),
            format!("AMT*D*{}", paid_before.to_x12()),
            "OI***Y***Y".into(),
            "NM1*IL*1*DOE*JANE****MI*F1".into(),
            "NM1*PR*2*FIRST PAYER*****PI*SBXFIRST".into(),
        ];
    }
    sent
}

/// Checks the three equations of an 835; the number of its claims and what it paid.
fn balance(text: &str) -> (usize, Money) {
    let file = read_file(text.as_bytes());
    assert!(file.issues.is_empty(), "{:#?}\n{text}", file.issues.kept());
    let (mut claims, mut total) = (0, Money::ZERO);
    for set in file.sets() {
        let Body::Remittance(remittance) = &set.body else { panic!("an 835") };
        let mut paid = Money::ZERO;
        for one in remittance.claims() {
            claims += 1;
            let cas = |list: &[firstpass::x12::segments::Cas<'_>]| -> Money {
                list.iter().flat_map(|cas| cas.adjustments.iter()).map(|item| item.amount).sum()
            };
            let mut adjusted = cas(&one.adjustments);
            for line in &one.services {
                let of_line = cas(&line.adjustments);
                assert_eq!(line.service.charged - of_line, line.service.paid.unwrap(), "{text}");
                adjusted += of_line;
            }
            assert_eq!(one.claim.charged - adjusted, one.claim.paid, "{text}");
            if !one.services.is_empty() {
                let charged: Money = one.services.iter().map(|line| line.service.charged).sum();
                assert_eq!(charged, one.claim.charged, "{text}");
            }
            paid += one.claim.paid;
        }
        let plb = remittance.provider_adjustments.iter().flat_map(|plb| plb.adjustments.iter());
        assert_eq!(paid - plb.map(|item| item.amount).sum(), remittance.payment.paid, "{text}");
        assert!(!remittance.payment.paid.is_negative(), "{text}");
        total += remittance.payment.paid;
    }
    (claims, total)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_payment_balances_and_every_claim_is_accounted_for(
        claims in prop::collection::vec(any_claim(), 1..6),
        seed_of_plan in 0_usize..4,
    ) {
        let plan = [Plan::commercial(), Plan::preferred_provider(), Plan::medicare_part_b(), Plan::medicaid()]
            [seed_of_plan].clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let desk = Desk::new(plan);
            let all: Vec<Sent> =
                claims.iter().enumerate().map(|(n, (digits, second, lines))| sent(n, *digits, *second, lines)).collect();
            desk.send("a.837", &file(1, &all)).await;
            let mut reports = vec![];
            for on in ["2026-11-23", "2026-12-05", "2027-01-10", "2027-02-01"] {
                reports.push(desk.work(on).await);
            }
            let first = &reports[0];
            let taken = first.claims_accepted + first.claims_in_review + first.claims_rejected + first.claims_silent;
            assert_eq!(taken as usize, claims.len());
            let (mut seen, mut total) = (0, Money::ZERO);
            for name in desk.answers("835").await {
                let content = firstpass::exchange::mailbox::Mailbox::fetch(&desk.practice, &name).await.unwrap();
                let text = String::from_utf8(content.bytes().unwrap().into_owned()).unwrap();
                let (count, paid) = balance(&text);
                seen += count;
                total += paid;
            }
            let adjudicated: u32 = reports.iter().map(|one| one.claims_adjudicated + one.claims_reversed).sum();
            assert_eq!(seen, adjudicated as usize);
            assert_eq!(total, reports.iter().map(|one| one.paid).sum());
            let originals = first.claims_accepted + first.claims_in_review;
            let decided: u32 = reports.iter().map(|one| one.claims_adjudicated).sum();
            let corrected: u32 = reports.iter().map(|one| one.claims_reversed).sum();
            assert_eq!(decided - corrected, originals);
        });
    }
}
