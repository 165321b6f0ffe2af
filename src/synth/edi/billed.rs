//! What a payer answers to claims that exist, as an 835 of any size.

use chrono::NaiveDate;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::types::{Money, Npi};

use super::super::chance;
use super::Writer;

/// Claims in one set: what the guide recommends at most (X221 1.3.2).
const CLAIMS_PER_SET: usize = 10_000;

/// A claim as it was billed.
#[derive(Clone, Debug)]
pub struct BilledClaim {
    /// CLM01.
    pub control_number: String,
    /// Its lines.
    pub lines: Vec<BilledLine>,
}

/// A line as it was billed.
#[derive(Clone, Debug)]
pub struct BilledLine {
    /// SV101-2.
    pub procedure: String,
    /// SV102.
    pub charged: Money,
    /// REF*6R.
    pub control_number: String,
}

/// A production 835 interchange (005010X221A1) that decides each of these claims once and balances
/// by line, claim and payment. One line in sixteen is denied (CO-50); of the others three tenths
/// are written off (CO-45), and up to a seventh is the patient's coinsurance (PR-2). `trace` begins
/// TRN02; the payee goes by an NPI.
#[must_use]
pub fn remittance_for(
    seed: u64,
    trace: &str,
    payer: (&str, &str),
    payee: &Npi,
    paid_on: NaiveDate,
    claims: &[BilledClaim],
) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut writer = Writer::default();
    let (identifier, name) = payer;
    let day = paid_on.format("%Y%m%d").to_string();
    segment!(
        writer,
        "ISA*00*          *00*          *ZZ*SYNTHSENDER    *ZZ*SYNTHRECEIVER  *{}*0900*^*00501*000000001*0*P*:",
        &day[2..]
    );
    segment!(writer, "GS*HP*SYNTHSENDER*SYNTHRECEIVER*{day}*0900*1*X*005010X221A1");
    let mut sets = 0;
    for some in claims.chunks(CLAIMS_PER_SET) {
        sets += 1;
        let mut body = Writer::default();
        let paid: Money = some.iter().map(|claim| answer(&mut body, claim, &day, &mut rng)).sum();
        let first = writer.segments;
        segment!(writer, "ST*835*{sets:04}");
        let method = if paid.is_zero() { "H*0*C*NON" } else { "I*{}*C*ACH" };
        let method = method.replace("{}", &paid.to_x12());
        segment!(writer, "BPR*{method}************{day}");
        segment!(writer, "TRN*1*{trace}{sets}*1512345678");
        segment!(writer, "DTM*405*{day}");
        segment!(writer, "N1*PR*{name}");
        segment!(writer, "N3*1 QUARRY STREET");
        segment!(writer, "N4*PEORIA*IL*616020001");
        segment!(writer, "REF*2U*{identifier}");
        segment!(writer, "PER*BL*PROVIDER SERVICES*TE*3095550100");
        segment!(writer, "N1*PE*LAKESIDE FAMILY MEDICINE*XX*{payee}");
        segment!(writer, "LX*1");
        writer.out.push_str(&body.out);
        writer.segments += body.segments;
        segment!(writer, "SE*{}*{sets:04}", writer.segments - first + 1);
    }
    writer.close(sets);
    writer.out.into_bytes()
}

/// One claim's answer; returns what is paid.
fn answer(writer: &mut Writer, claim: &BilledClaim, day: &str, rng: &mut ChaCha8Rng) -> Money {
    struct Decided<'l> {
        line: &'l BilledLine,
        denied: bool,
        paid: Money,
        contractual: Money,
        coinsurance: Money,
    }
    let decided: Vec<Decided<'_>> = claim
        .lines
        .iter()
        .map(|line| {
            if rng.random_range(0..16) == 0 {
                let nothing = Money::ZERO;
                return Decided {
                    line,
                    denied: true,
                    paid: nothing,
                    contractual: nothing,
                    coinsurance: nothing,
                };
            }
            let patient = if chance(70, rng) { rng.random_range(1..=10) } else { 0 };
            let shares = line.charged.allocate(&[70 - patient, 30, patient]);
            Decided { line, denied: false, paid: shares[0], contractual: shares[1], coinsurance: shares[2] }
        })
        .collect();
    let charged: Money = decided.iter().map(|one| one.line.charged).sum();
    let paid: Money = decided.iter().map(|one| one.paid).sum();
    let owed: Money = decided.iter().map(|one| one.coinsurance).sum();
    let number = &claim.control_number;
    let (charged, owed) = (charged.to_x12(), owed.to_x12());
    segment!(writer, "CLP*{number}*1*{charged}*{}*{owed}*12*P{number}*11*1", paid.to_x12());
    segment!(writer, "NM1*QC*1*DOE*JANE");
    for Decided { line, denied, paid, contractual, coinsurance } in decided {
        let charged = line.charged.to_x12();
        segment!(writer, "SVC*HC:{}*{charged}*{}**1", line.procedure, paid.to_x12());
        segment!(writer, "DTM*472*{day}");
        if denied {
            segment!(writer, "CAS*CO*50*{charged}");
        }
        if !contractual.is_zero() {
            segment!(writer, "CAS*CO*45*{}", contractual.to_x12());
        }
        if !coinsurance.is_zero() {
            segment!(writer, "CAS*PR*2*{}", coinsurance.to_x12());
        }
        segment!(writer, "REF*6R*{}", line.control_number);
        if !denied {
            segment!(writer, "AMT*B6*{}", (paid + coinsurance).to_x12());
        }
    }
    paid
}
