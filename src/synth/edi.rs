//! X12 files of any size by seed: claims and remittances that keep every rule, for benchmarks
//! and for tests that need many. Written as plain text, so that nothing of the codec vouches for
//! itself.

macro_rules! segment {
    ($writer:expr, $($text:tt)+) => { $writer.segment(format_args!($($text)+)) };
}

mod billed;
mod eventful;
mod filled;

use std::fmt::Write as _;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::types::Money;

use super::{chance, one};

pub use billed::{BilledClaim, BilledLine, remittance_for};
pub use eventful::{AskedClaim, Before, MadeFile, MadeSet, Moves, SetFate, eventful_remittances};
pub use filled::{Filling, filled_837};

/// Claims in one transaction set: below the guide's limit of 5,000.
const CLAIMS_PER_SET: u32 = 1_000;

const NAMES: &[(&str, &str)] = &[
    ("ALVAREZ", "ROSA"),
    ("BAUER", "ELENA"),
    ("CARTER", "ANDRE"),
    ("DIMITROV", "BORIS"),
    ("ELLISON", "GRACE"),
    ("GARZA", "MATEO"),
    ("JENSEN", "FELIX"),
    ("NAKAMURA", "KEIKO"),
    ("OKAFOR", "IMANI"),
    ("QUINN", "OSCAR"),
    ("SANDOVAL", "SOFIA"),
    ("TRAN", "LUIS"),
];
const DIAGNOSES: &[&str] =
    &["I10", "E119", "E785", "J069", "M5450", "R059", "K219", "F411", "J45909", "Z0000"];
const PROCEDURES: &[(&str, i64)] = &[
    ("99213", 15_000),
    ("99214", 22_050),
    ("99203", 18_525),
    ("36415", 1_500),
    ("80053", 4_275),
    ("85025", 3_110),
    ("93000", 6_800),
    ("G0438", 17_400),
    ("J1100", 1_235),
    ("90471", 3_050),
];
/// National provider identifiers with right check digits over made-up numbers.
const NPIS: &[&str] = &["1444444446", "1111111112", "1999999984", "1888888884"];

/// The text of one set at a time, with its segments counted.
#[derive(Default)]
struct Writer {
    out: String,
    segments: u32,
}

impl Writer {
    fn segment(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("a string takes any text");
        self.out.push('~');
        self.segments += 1;
    }
    fn open(&mut self, kind: &str, guide: &str) {
        let guide = if guide.is_empty() { "005010X222A1" } else { guide };
        self.segment(format_args!(
            "ISA*00*          *00*          *ZZ*SYNTHSENDER    *ZZ*SYNTHRECEIVER  *260105*0900*^*00501*000000001*0*T*:"
        ));
        self.segment(format_args!("GS*{kind}*SYNTHSENDER*SYNTHRECEIVER*20260105*0900*1*X*{guide}"));
    }
    fn close(&mut self, sets: u32) {
        self.segment(format_args!("GE*{sets}*1"));
        self.segment(format_args!("IEA*1*000000001"));
    }
}

/// A line of a made-up claim.
struct Line {
    code: &'static str,
    charged: Money,
    pointers: &'static str,
}

fn lines(diagnoses: usize, rng: &mut ChaCha8Rng) -> Vec<Line> {
    (0..rng.random_range(1..=4))
        .map(|_| {
            let (code, cents) = *one(PROCEDURES, rng);
            let pointers = match (diagnoses, rng.random_range(0..3)) {
                (1, _) | (_, 0) => "1",
                (2, _) | (_, 1) => "1:2",
                _ => "1:2:3",
            };
            Line { code, charged: Money::from_cents(cents + 5 * rng.random_range(0..40)), pointers }
        })
        .collect()
}

/// A day of 2025, as `MMDD`.
fn day(rng: &mut ChaCha8Rng) -> String {
    format!("{:02}{:02}", rng.random_range(1..=12), rng.random_range(1..=28))
}

/// An 837P interchange (005010X222A1) of at least `bytes` bytes: one group, sets of a thousand
/// claims; subscribers and dependents, one to four diagnoses and lines, some with authorization,
/// a referring and a rendering provider, or an earlier payer's payment that balances.
#[must_use]
pub fn claims_837p(seed: u64, bytes: usize) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut writer = Writer::default();
    writer.open("HC", "005010X222A1");
    let (mut sets, mut number) = (0, 0);
    while sets == 0 || writer.out.len() < bytes {
        sets += 1;
        writer.segments = 0;
        segment!(writer, "ST*837*{sets:04}*005010X222A1");
        segment!(writer, "BHT*0019*00*BATCH{sets}*20260105*0900*CH");
        segment!(writer, "NM1*41*2*PRAIRIE FAMILY PRACTICE*****46*SYNTHSENDER");
        segment!(writer, "PER*IC*BILLING OFFICE*TE*3095550142");
        segment!(writer, "NM1*40*2*SYNTHETIC MUTUAL*****46*SYNTHRECEIVER");
        segment!(writer, "HL*1**20*1");
        segment!(writer, "PRV*BI*PXC*207Q00000X");
        segment!(writer, "NM1*85*2*PRAIRIE FAMILY PRACTICE*****XX*1234567893");
        segment!(writer, "N3*14 ORCHARD STREET");
        segment!(writer, "N4*PEORIA*IL*616021234");
        segment!(writer, "REF*EI*371234567");
        let mut level = 1;
        for _ in 0..CLAIMS_PER_SET {
            number += 1;
            professional_claim(&mut writer, number, &mut level, &mut rng);
            if writer.out.len() >= bytes {
                break;
            }
        }
        segment!(writer, "SE*{}*{sets:04}", writer.segments + 1);
    }
    writer.close(sets);
    writer.out.into_bytes()
}

fn professional_claim(writer: &mut Writer, number: u32, level: &mut u32, rng: &mut ChaCha8Rng) {
    let dependent = chance(20, rng);
    let secondary = chance(8, rng);
    let (last, first) = *one(NAMES, rng);
    let member = rng.random_range(100_000_000..999_999_999_u32);
    let (house, born) = (rng.random_range(1..999), rng.random_range(1940..2006));
    let sex = if chance(50, rng) { "F" } else { "M" };
    *level += 1;
    let own = *level;
    segment!(writer, "HL*{own}*1*22*{}", u8::from(dependent));
    let sequence = if secondary { "S" } else { "P" };
    let relationship = if dependent { "" } else { "18" };
    segment!(writer, "SBR*{sequence}*{relationship}*GRP{}******CI", member % 1_000);
    segment!(writer, "NM1*IL*1*{last}*{first}****MI*SYN{member}");
    if !dependent {
        segment!(writer, "N3*{house} MILL STREET");
        segment!(writer, "N4*PEORIA*IL*61602");
        segment!(writer, "DMG*D8*{born}{}*{sex}", day(rng));
    }
    segment!(writer, "NM1*PR*2*SYNTHETIC MUTUAL*****PI*SYNTH01");
    if dependent {
        *level += 1;
        segment!(writer, "HL*{level}*{own}*23*0");
        segment!(writer, "PAT*19");
        segment!(writer, "NM1*QC*1*{last}*{}", one(NAMES, rng).1);
        segment!(writer, "N3*{house} MILL STREET");
        segment!(writer, "N4*PEORIA*IL*61602");
        segment!(writer, "DMG*D8*20{:02}{}*{sex}", rng.random_range(10..24), day(rng));
    }
    let diagnoses = rng.random_range(1..=4);
    let lines = lines(diagnoses, rng);
    let charged: Money = lines.iter().map(|line| line.charged).sum();
    segment!(writer, "CLM*SYN{number:08}*{}***11:B:1*Y*A*Y*Y", charged.to_x12());
    if chance(10, rng) {
        segment!(writer, "REF*G1*AUTH{member}");
    }
    let first_diagnosis = rng.random_range(0..DIAGNOSES.len());
    let mut health = format!("HI*ABK:{}", DIAGNOSES[first_diagnosis]);
    for other in 1..diagnoses {
        let code = DIAGNOSES[(first_diagnosis + other) % DIAGNOSES.len()];
        write!(health, "*ABF:{code}").expect("a string takes any text");
    }
    segment!(writer, "{health}");
    if chance(15, rng) {
        let (last, first) = *one(NAMES, rng);
        segment!(writer, "NM1*DN*1*{last}*{first}****XX*1999999984");
    }
    let (last_name, first_name) = *one(NAMES, rng);
    segment!(writer, "NM1*82*1*{last_name}*{first_name}****XX*{}", one(NPIS, rng));
    segment!(writer, "PRV*PE*PXC*207Q00000X");
    let paid: Vec<Money> = lines
        .iter()
        .map(|line| line.charged.allocate(&[u64::from(secondary) * rng.random_range(3..8), 10])[0])
        .collect();
    if secondary {
        segment!(writer, "SBR*P*18*OLD{}******MB", member % 1_000);
        segment!(writer, "AMT*D*{}", paid.iter().sum::<Money>().to_x12());
        segment!(writer, "OI***Y***Y");
        segment!(writer, "NM1*IL*1*{last}*{first}****MI*MED{member}");
        segment!(writer, "NM1*PR*2*SYNTHETIC MEDICARE*****PI*SYNTH02");
    }
    let serviced = format!("2025{}", day(rng));
    for (place, (line, paid)) in lines.iter().zip(&paid).enumerate() {
        segment!(writer, "LX*{}", place + 1);
        segment!(writer, "SV1*HC:{}*{}*UN*1***{}", line.code, line.charged.to_x12(), line.pointers);
        segment!(writer, "DTP*472*D8*{serviced}");
        segment!(writer, "REF*6R*SYN{number:08}L{}", place + 1);
        if secondary {
            let left = (line.charged - *paid).to_x12();
            segment!(writer, "SVD*SYNTH02*{}*HC:{}**1", paid.to_x12(), line.code);
            segment!(writer, "CAS*CO*45*{left}");
            segment!(writer, "DTP*573*D8*20260102");
        }
    }
}

/// An 835 interchange (005010X221A1) of at least `bytes` bytes: sets of a thousand claims that
/// balance by service, claim and payment, with denials, deductible and copay, remark codes,
/// reversals with their corrections, and provider adjustments.
#[must_use]
pub fn remittances_835(seed: u64, bytes: usize) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut writer = Writer::default();
    writer.open("HP", "005010X221A1");
    let (mut sets, mut number) = (0, 0);
    while sets == 0 || writer.out.len() < bytes {
        sets += 1;
        let mut body = Writer::default();
        let (mut paid, mut claims) = (Money::ZERO, 0);
        while claims < CLAIMS_PER_SET && (claims == 0 || writer.out.len() + body.out.len() < bytes) {
            number += 1;
            claims += 1;
            paid += remitted_claim(&mut body, number, &mut rng);
        }
        let recovered = if chance(50, &mut rng) { paid.allocate(&[1, 99])[0] } else { Money::ZERO };
        let recovered = if recovered.is_positive() { recovered } else { Money::ZERO };
        remittance_header(&mut writer, sets, paid - recovered);
        writer.out.push_str(&body.out);
        writer.segments += body.segments;
        if !recovered.is_zero() {
            segment!(writer, "PLB*1234567893*20261231*WO:SYN{number:08}*{}", recovered.to_x12());
        }
        segment!(writer, "SE*{}*{sets:04}", writer.segments + 1);
    }
    writer.close(sets);
    writer.out.into_bytes()
}

fn remittance_header(writer: &mut Writer, set: u32, payment: Money) {
    writer.segments = 0;
    segment!(writer, "ST*835*{set:04}");
    segment!(
        writer,
        "BPR*I*{}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20260106",
        payment.to_x12()
    );
    segment!(writer, "TRN*1*SYNTHEFT{set:06}*1512345678");
    segment!(writer, "REF*EV*SYNTHRECEIVER");
    segment!(writer, "DTM*405*20260105");
    segment!(writer, "N1*PR*SYNTHETIC MUTUAL");
    segment!(writer, "N3*1 QUARRY STREET");
    segment!(writer, "N4*PEORIA*IL*616020001");
    segment!(writer, "PER*BL*PROVIDER SERVICES*TE*3095550100");
    segment!(writer, "N1*PE*PRAIRIE FAMILY PRACTICE*XX*1234567893");
    segment!(writer, "REF*TJ*371234567");
    segment!(writer, "LX*1");
}

/// What a payer does with a line: paid, contractual, deductible, copay.
struct Decision {
    line: Line,
    paid: Money,
    contractual: Money,
    deductible: Money,
    denied: bool,
}

fn remitted_claim(writer: &mut Writer, number: u32, rng: &mut ChaCha8Rng) -> Money {
    let serviced = format!("2025{}", day(rng));
    let decisions: Vec<Decision> = lines(1, rng)
        .into_iter()
        .map(|line| {
            let denied = chance(8, rng);
            let shares = line.charged.allocate(&[rng.random_range(40..70), 30, rng.random_range(0..15)]);
            Decision { paid: shares[0], contractual: shares[1], deductible: shares[2], denied, line }
        })
        .collect();
    let reversed = chance(2, rng);
    let mut paid = Money::ZERO;
    if reversed {
        paid += remitted(writer, number, "22", &decisions, true, &serviced);
    }
    paid + remitted(writer, number, "1", &decisions, false, &serviced)
}

fn remitted(
    writer: &mut Writer,
    number: u32,
    status: &str,
    decisions: &[Decision],
    reversed: bool,
    serviced: &str,
) -> Money {
    let sign = |money: Money| if reversed { -money } else { money };
    let money = |money: Money| sign(money).to_x12();
    let charged: Money = decisions.iter().map(|d| d.line.charged).sum();
    let paid: Money = decisions.iter().filter(|d| !d.denied).map(|d| d.paid).sum();
    let owed: Money = decisions.iter().filter(|d| !d.denied).map(|d| d.deductible).sum();
    // X221 2100 CLP05: not reported on a reversal.
    let owed = if reversed { String::new() } else { owed.to_x12() };
    segment!(
        writer,
        "CLP*SYN{number:08}*{status}*{}*{}*{owed}*12*ICN{number:010}*11*1",
        money(charged),
        money(paid)
    );
    let (last, first) = NAMES[number as usize % NAMES.len()];
    segment!(writer, "NM1*QC*1*{last}*{first}****MI*SYN{number:09}");
    segment!(writer, "NM1*82*1*OKAFOR*IMANI****XX*1999999984");
    segment!(writer, "DTM*050*20260103");
    for (place, decision) in decisions.iter().enumerate() {
        let Decision { line, paid, contractual, deductible, denied } = decision;
        let allowed = *paid + *deductible;
        let paid = if *denied { Money::ZERO } else { *paid };
        segment!(writer, "SVC*HC:{}*{}*{}**1", line.code, money(line.charged), money(paid));
        segment!(writer, "DTM*472*{serviced}");
        if *denied {
            segment!(writer, "CAS*CO*16*{}", money(line.charged));
        } else {
            segment!(writer, "CAS*CO*45*{}", money(*contractual));
            if !deductible.is_zero() {
                segment!(writer, "CAS*PR*1*{}", money(*deductible));
            }
        }
        segment!(writer, "REF*6R*SYN{number:08}L{}", place + 1);
        if *denied {
            segment!(writer, "LQ*HE*N290");
        } else {
            segment!(writer, "AMT*B6*{}", money(allowed));
        }
    }
    sign(paid)
}
